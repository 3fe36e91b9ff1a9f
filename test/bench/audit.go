package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"tocsin.dev/tocsin/internal/install"
)

// writes counts what the manager wrote in a namespace and in its own, by verb and kind, from the audit log of the API server.
func (s *stage) writes(namespace string) (map[string]int, error) {
	log, err := os.Open(s.auditLog())
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	counts := map[string]int{}
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), []byte(install.ManagerUser)) {
			continue
		}
		var e struct {
			Stage, Verb string
			User        struct{ Username string }
			ObjectRef   struct{ Resource, Subresource, Namespace string }
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
		if e.Stage != "ResponseComplete" || e.User.Username != install.ManagerUser || (e.ObjectRef.Namespace != namespace && e.ObjectRef.Namespace != install.Namespace) {
			continue
		}
		if slices.Contains([]string{"create", "update", "patch", "delete"}, e.Verb) {
			kind := strings.TrimSuffix(e.ObjectRef.Resource+"/"+e.ObjectRef.Subresource, "/")
			counts[e.Verb+" "+kind]++
		}
	}
	return counts, lines.Err()
}

// addWrites tells the writes a lifecycle, those of notices apart.
func (r *report) addWrites(counts map[string]int, lifecycles, notices int) {
	var cases, outbox, shared int
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(r.out, "     %s: %.3f a lifecycle\n", what, float64(counts[what])/float64(lifecycles))
		switch {
		case strings.Contains(what, " notices"):
			outbox += counts[what]
		case strings.HasSuffix(what, " configmaps"):
			shared += counts[what]
		default:
			cases += counts[what]
		}
	}
	r.add("writes a lifecycle", float64(cases)/float64(lifecycles), "writes", 12, lower)
	r.add("writes for many at once (case numbers, segments), a lifecycle", float64(shared)/float64(lifecycles), "writes", 0, lower)
	r.add("writes a notice", float64(outbox)/float64(notices), "writes", 3, lower)
}

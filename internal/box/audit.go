package box

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Request is one line of the audit log.
type Request struct {
	// User is who asked.
	User string
	// Verb, Group, Resource and Subresource are what RBAC decides by; Path is what was asked for where there is no resource.
	Verb, Group, Resource, Subresource, Path string
	// Namespace and Name are the object's; either may be empty.
	Namespace, Name string
	// Forbidden is whether RBAC refused it.
	Forbidden bool
}

// Requests calls each for every line of an audit log, see [Options.AuditLog], in the order in which they were answered. It
// may be read while the API server writes to it; a last line that is not whole yet is left out.
func Requests(auditLog string, each func(Request)) error {
	f, err := os.Open(auditLog)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil // the end; what is behind the last line's end is not whole
		}
		var event struct {
			Verb, RequestURI string
			User             struct{ Username string }
			ObjectRef        struct{ APIGroup, Resource, Subresource, Namespace, Name string }
			Annotations      map[string]string
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return fmt.Errorf("%s, line %d: %w", auditLog, number, err)
		}
		ref := event.ObjectRef
		r := Request{
			User: event.User.Username, Verb: event.Verb, Group: ref.APIGroup, Resource: ref.Resource, Subresource: ref.Subresource,
			Namespace: ref.Namespace, Name: ref.Name, Forbidden: event.Annotations["authorization.k8s.io/decision"] == "forbid",
		}
		if r.Resource == "" {
			r.Path = event.RequestURI
		}
		each(r)
	}
}

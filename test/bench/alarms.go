package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// alarms are incidents, each of which asks the commander for something and tells them over the webhook.
type alarms struct {
	stage  *stage
	prefix string

	mu      sync.Mutex
	created map[string]time.Time
}

// ring opens n incidents, one each interval, and waits until somebody was told of each.
func (a *alarms) ring(ctx context.Context, n int, interval time.Duration) error {
	a.created = map[string]time.Time{}
	for i := range n {
		ci := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: live, Name: fmt.Sprintf("alarm-%s-%d", a.prefix, i)}}
		ci.Spec.Title, ci.Spec.Level, ci.Spec.Playbook, ci.Spec.Team = "A shop is on fire", "high", "alarm", "desk"
		if err := a.stage.admin.Create(ctx, ci); err != nil {
			return err
		}
		a.mu.Lock()
		a.created[ci.Name] = a.stage.clock.Now()
		a.mu.Unlock()
		if err := a.stage.pause(ctx, interval); err != nil {
			return err
		}
	}
	for len(a.told()) < n {
		if err := a.stage.pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// told is how long after each incident was opened its first notice arrived.
func (a *alarms) told() []time.Duration {
	first := map[string]time.Duration{}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.stage.hook.Books.All() {
		var payload notice.Payload
		if json.Unmarshal([]byte(m.Body), &payload) != nil {
			continue
		}
		name := strings.TrimPrefix(payload.Record, "CrisisIncident/")
		at, ours := a.created[name]
		if _, known := first[name]; ours && !known {
			first[name] = max(m.At.Sub(at), 0)
		}
	}
	var out []time.Duration
	for _, d := range first {
		out = append(out, d)
	}
	return out
}

// takeAway takes what the manager wrote for the incidents themselves out of the counts: their status and their task.
func (a *alarms) takeAway(counts map[string]int) {
	counts["create responsetasks"] -= len(a.created)
	delete(counts, "update crisisincidents/status")
}

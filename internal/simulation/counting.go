package simulation

import (
	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/triage"
)

// grown takes a new complaint into the counts, and has those looked at again whose counts it changes.
func (s *Play) grown(c *v1alpha1.Complaint) {
	w := s.world
	fields := triage.FieldsOf(c)
	w.byUID[string(c.UID)] = c.Name
	changed := w.index.Upsert(string(c.UID), w.namespace, fields)
	policy, _ := w.Policy(c.Spec.Policy) // a pack in memory has no errors
	if policy.LooksAtIncidents() {
		if matter := policy.Matter(fields); matter != "" {
			w.matters[matter], w.matterOf[c.Name] = append(w.matters[matter], c.Name), matter
		}
	}
	if !changed {
		return
	}
	for count := range policy.Counts() {
		for _, uid := range w.index.Neighbours(w.namespace, string(c.UID), count) {
			if name, ok := w.byUID[uid]; ok {
				s.mark(key{v1alpha1.RecordComplaint, name})
			}
		}
	}
}

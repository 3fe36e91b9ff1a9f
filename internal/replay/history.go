package replay

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// History is what happened.
type History struct {
	// Source says where it comes from, e.g. complaints.csv or namespace service.
	Source string
	// Namespace is where it was; empty: a file does not say.
	Namespace string
	// Cases are the complaints.
	Cases []Case
	// Incidents are those that people raised. Drills and those raised from complaints are left out: the latter are raised
	// again where the policy says so.
	Incidents []*v1alpha1.CrisisIncident
	// Tasks are what people were asked, and did.
	Tasks []v1alpha1.ResponseTask
}

// Case is a complaint of the history.
type Case struct {
	// Line is the line of the file it stands on; 0: it is from a cluster.
	Line int
	// Complaint is the complaint; its status is not looked at.
	Complaint *v1alpha1.Complaint
	// Script says how it went, where a file does: <step> is the outcome, or one a round with > in between, and <step>After the
	// time from when it was asked to the answer, e.g. 3h. A word under any other key counts for every step that offers it.
	Script map[string]string
}

// FromCluster is the history of a namespace.
func FromCluster(namespace string, complaints []v1alpha1.Complaint, incidents []v1alpha1.CrisisIncident, tasks []v1alpha1.ResponseTask) History {
	h := History{Source: "namespace " + namespace, Namespace: namespace, Tasks: tasks}
	for i := range complaints {
		h.Cases = append(h.Cases, Case{Complaint: &complaints[i]})
	}
	for i := range incidents {
		if ci := &incidents[i]; ci.Spec.Drill == nil && ci.Spec.RaisedBy == nil {
			h.Incidents = append(h.Incidents, ci)
		}
	}
	return h
}

// check says why a history cannot be replayed.
func (h *History) check() error {
	if len(h.Cases)+len(h.Incidents) == 0 {
		return fmt.Errorf("%s holds no complaint and no incident that could be replayed", h.Source)
	}
	var wrong []error
	seen := map[string]bool{}
	for _, c := range h.Cases {
		switch where := c.where(h.Source); {
		case received(c.Complaint).IsZero():
			wrong = append(wrong, fmt.Errorf("%s: it is not known when it was received; have the mapping say receivedAt", where))
		case seen[c.Complaint.Name]:
			wrong = append(wrong, fmt.Errorf("%s: complaint %s is there twice; remove one", where, c.Complaint.Name))
		}
		seen[c.Complaint.Name] = true
	}
	if len(wrong) > mostWrong {
		wrong = append(wrong[:mostWrong], fmt.Errorf("and %d more", len(wrong)-mostWrong))
	}
	return errors.Join(wrong...)
}

// mostWrong is how many faults of a history are told.
const mostWrong = 20

// where says where a case stands.
func (c *Case) where(source string) string {
	if c.Line > 0 {
		return fmt.Sprintf("%s:%d", source, c.Line)
	}
	return c.Complaint.Name
}

func received(c *v1alpha1.Complaint) time.Time {
	if c.Spec.ReceivedAt.IsZero() {
		return c.CreationTimestamp.Time
	}
	return c.Spec.ReceivedAt.Time
}

// span is when the first record came in and the last.
func (h *History) span() (first, last time.Time) {
	note := func(at time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	for _, c := range h.Cases {
		note(received(c.Complaint))
	}
	for _, ci := range h.Incidents {
		note(ci.CreationTimestamp.Time)
	}
	return first, last
}

// inOrder are the cases in the order in which they came in.
func (h *History) inOrder() []Case {
	return slices.SortedStableFunc(slices.Values(h.Cases), func(a, b Case) int {
		return cmp.Or(received(a.Complaint).Compare(received(b.Complaint)), cmp.Compare(a.Complaint.Name, b.Complaint.Name))
	})
}

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// IsOpen is whether the task still needs somebody.
func (t *ResponseTask) IsOpen() bool { return t.Spec.State == "" || t.Spec.State == TaskOpen }

// ClosedAt is when the task was closed: when somebody completed it, else when the manager closed it. Zero while it is open.
func (t *ResponseTask) ClosedAt() metav1.Time {
	if t.IsOpen() || !t.Spec.ClosedAt.IsZero() {
		return t.Spec.ClosedAt
	}
	if act := t.Spec.Answer(); act != nil {
		return act.At
	}
	return metav1.Time{}
}

// Answer is the act that completed the task, or seemed to: the last Complete. Nil: there is none.
func (s *ResponseTaskSpec) Answer() *TaskAct {
	for i := len(s.Acts) - 1; i >= 0; i-- {
		if s.Acts[i].Verb == TaskComplete {
			return &s.Acts[i]
		}
	}
	return nil
}

// ClosedByAnswer is whether a Complete closes the task at once: approvals and calls are closed by the manager, who counts.
func (s *ResponseTaskSpec) ClosedByAnswer() bool {
	return s.Type != TaskTypeApproval && s.Type != TaskTypeAcknowledgement
}

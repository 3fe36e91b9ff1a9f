package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// IsOpen is whether the task still needs somebody.
func (t *ResponseTask) IsOpen() bool { return t.Spec.State == "" || t.Spec.State == TaskOpen }

// ClosedAt is when the task was closed: when somebody answered it, else when the manager closed it. Zero while it is open.
func (t *ResponseTask) ClosedAt() metav1.Time {
	if t.IsOpen() || !t.Spec.ClosedAt.IsZero() {
		return t.Spec.ClosedAt
	}
	if act := t.Spec.Answer(); act != nil {
		return act.At
	}
	return metav1.Time{}
}

// Answer is the act that closed the task, or seemed to: the last Complete, Approve or Refuse. Nil: there is none.
func (s *ResponseTaskSpec) Answer() *TaskAct {
	for i := len(s.Acts) - 1; i >= 0; i-- {
		switch s.Acts[i].Verb {
		case TaskComplete, TaskApprove, TaskRefuse:
			return &s.Acts[i]
		}
	}
	return nil
}

// Outcomes of an approval.
const (
	OutcomeApproved Identifier = "approved"
	OutcomeRefused  Identifier = "refused"
)

// Closes says whether an act closes the task in the same write, and with which outcome: the completion of anything but a
// call, the decision about an approval with one seat. What several people answer is closed by the manager, who counts.
func (s *ResponseTaskSpec) Closes(act *TaskAct) (outcome Identifier, closes bool) {
	alone := s.Type == TaskTypeApproval && len(s.Assignment.Seats) == 1
	switch act.Verb {
	case TaskComplete:
		return act.Outcome, s.Type != TaskTypeApproval && s.Type != TaskTypeAcknowledgement
	case TaskApprove:
		return OutcomeApproved, alone
	case TaskRefuse:
		return OutcomeRefused, alone
	}
	return "", false
}

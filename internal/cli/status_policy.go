package cli

import (
	"cmp"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// policyLists are the kinds of policy that records cannot do without.
type policyLists struct {
	triage    v1alpha1.TriagePolicyList
	playbooks v1alpha1.PlaybookList
	teams     v1alpha1.ResponseTeamList
	channels  v1alpha1.NoticeChannelList
}

func (p *policyLists) all() []client.ObjectList {
	return []client.ObjectList{&p.triage, &p.playbooks, &p.teams, &p.channels}
}

// judge notes the policy that cannot be used as it stands.
func (s *situation) judge(p *policyLists) {
	for i := range p.triage.Items {
		s.noteUnfit("triagepolicy", &p.triage.Items[i], p.triage.Items[i].Status.Conditions)
	}
	for i := range p.playbooks.Items {
		s.noteUnfit("playbook", &p.playbooks.Items[i], p.playbooks.Items[i].Status.Conditions)
	}
	for i := range p.teams.Items {
		s.noteUnfit("responseteam", &p.teams.Items[i], p.teams.Items[i].Status.Conditions)
	}
	for i := range p.channels.Items {
		s.noteUnfit("noticechannel", &p.channels.Items[i], p.channels.Items[i].Status.Conditions)
	}
}

// reasonNotJudged is the reason of a condition of policy that a fault of the product leaves unknown.
const reasonNotJudged = "NotJudged"

// noteUnfit takes in a policy whose newest version is not in force, that lacks something, such as somebody on call, or that could not
// be judged.
func (s *situation) noteUnfit(kind string, o client.Object, conditions []metav1.Condition) {
	for _, typ := range []string{"Verified", "Ready", "Workable", "OnCall"} {
		if c := apimeta.FindStatusCondition(conditions, typ); c != nil && (c.Status == metav1.ConditionFalse || c.Reason == reasonNotJudged) {
			s.unfit = withReason(s.unfit, s.label(kind, o, ""), typ+" is "+string(c.Status)+", "+c.Reason, c.Message)
			return
		}
	}
}

// reasonPending is the reason of a notice's condition Delivered while nothing but the next attempt is waited for.
const reasonPending = "Pending"

// patience is how long a notice may be on its way before that is worth a line; what keeps it is said at once.
const patience = 5 * time.Minute

// noteWaiting takes in a notice that does not get away.
func (s *situation) noteWaiting(n *v1alpha1.Notice, now time.Time) {
	if cmp.Or(n.Status.State, v1alpha1.NoticePending) != v1alpha1.NoticePending {
		return
	}
	c := apimeta.FindStatusCondition(n.Status.Conditions, "Delivered")
	switch long := now.Sub(n.Spec.RequestedAt.Time) > patience; {
	case c == nil && long:
		s.waiting = withReason(s.waiting, s.label("notice", n, ""), "not taken up", "nothing was done about it; does the manager run?")
	case c != nil && (long || c.Reason != reasonPending):
		s.waiting = withReason(s.waiting, s.label("notice", n, ""), c.Reason, c.Message)
	}
}

package simulation

import (
	"cmp"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// Words by which a cast speaks of what people do about the corrective actions of a post-mortem, in place of a step.
const (
	stepCorrect = "correctiveAction"
	stepVerify  = "verifyAction"
)

// CorrectiveDeed is what somebody did about a corrective action.
type CorrectiveDeed struct {
	// PostMortem and Action name it, By is who did it.
	PostMortem, Action string
	By                 v1alpha1.User
	// State is what it was set to.
	State v1alpha1.CorrectiveState
}

// openReview has a post-mortem come in, and plans who carries out its corrective actions.
func (s *Play) openReview(k key, pm *v1alpha1.PostMortem) {
	w := s.world
	if w.postMortems[pm.Name] != nil {
		return
	}
	s.exist(pm, kindPostMortem)
	pm.Spec.Actions = slices.Clone(pm.Spec.Actions) // people write into them
	w.postMortems[pm.Name] = pm
	w.reviews[k] = append(w.reviews[k], pm.Name)
	s.mark(key{kindPostMortem, pm.Name})
	for i := range pm.Spec.Actions {
		s.planCorrection(k, pm, i)
	}
}

// turnReview looks at a post-mortem.
func (s *Play) turnReview(d *docket) error {
	pm := s.world.postMortems[d.key.name]
	review, err := casework.ReviewPostMortem(s.world, pm, s.now)
	if err != nil {
		return err
	}
	record := s.docket(key{pm.Spec.Incident.Kind, string(pm.Spec.Incident.Name)})
	err = review.Tell(func(n engine.SendNotice) error {
		s.send(record, n)
		return nil
	})
	s.wake(d, review.Wake)
	return err
}

// planCorrection plans that whoever owns a corrective action carries it out, and that somebody else verifies it then.
func (s *Play) planCorrection(k key, pm *v1alpha1.PostMortem, i int) {
	owner := pm.Spec.Actions[i].Owner
	if owner == "" {
		return
	}
	s.planCorrective(pm, i, stepCorrect, owner, v1alpha1.CorrectiveDone, func() {
		if by := s.verifier(k, pm, owner); by != "" {
			s.planCorrective(pm, i, stepVerify, by, v1alpha1.CorrectiveVerified, func() {})
		}
	})
}

// planCorrective plans that somebody sets a corrective action to a state, and what comes of it.
func (s *Play) planCorrective(pm *v1alpha1.PostMortem, i int, step string, by v1alpha1.User, to v1alpha1.CorrectiveState, then func()) {
	action, record := pm.Spec.Actions[i].ID, pm.Spec.Incident
	manner := s.cast.manner(&v1alpha1.ResponseTaskSpec{Step: step, Record: record}, by)
	if manner == nil {
		manner = &Answer{}
	}
	if manner.Never {
		return
	}
	chance := s.cast.chance(string(record.Name), step+"/"+action, 0, string(by))
	at := s.officeHours(s.now.Add(manner.After.draw(chance)))
	s.agenda.planDeed(at, func() error {
		if s.Done != nil {
			s.Done(Deed{At: s.now, Kind: record.Kind, Record: string(record.Name), Corrective: &CorrectiveDeed{pm.Name, action, by, to}})
		}
		pm.Spec.Actions[i].State = to
		pm.Generation++
		s.mark(key{kindPostMortem, pm.Name})
		then()
		return nil
	})
}

// verifier is who verifies what somebody has done: whoever owns the post-mortem, else somebody who led the case.
func (s *Play) verifier(k key, pm *v1alpha1.PostMortem, doer v1alpha1.User) v1alpha1.User {
	asked := []v1alpha1.User{pm.Spec.Owner}
	if status := s.status(k); status != nil {
		asked = slices.Concat(asked, status.Leads, status.Responders)
	}
	for _, who := range asked {
		if who != "" && who != doer {
			return who
		}
	}
	return ""
}

// officeHours is the moment itself, or when the hours begin that people keep.
func (s *Play) officeHours(at time.Time) time.Time {
	hours := s.world.hours
	if hours == nil || hours.Open(at) {
		return at
	}
	if open, ok := hours.Next(at); ok {
		return open
	}
	return at
}

// PostMortems are the post-mortems that were opened by now, by name.
func (s *Play) PostMortems() []*v1alpha1.PostMortem { return sorted(s.world.postMortems) }

// Lessons is how a post-mortem stands at the end of a simulation.
type Lessons struct {
	PostMortem string              `json:"postMortem"`
	Kind       v1alpha1.RecordKind `json:"kind"`
	Record     string              `json:"record"`
	Owner      v1alpha1.User       `json:"owner,omitempty"`
	// Actions is how many corrective actions it has, Verified how many of them were verified, Overdue how many of the others
	// are past their date.
	Actions  int `json:"actions"`
	Verified int `json:"verified"`
	Overdue  int `json:"overdue"`
}

// Learned are all post-mortems, in the order of their records and names.
func (s *Play) Learned() []Lessons {
	var out []Lessons
	for _, pm := range s.PostMortems() {
		l := Lessons{PostMortem: pm.Name, Kind: pm.Spec.Incident.Kind, Record: string(pm.Spec.Incident.Name), Owner: pm.Spec.Owner, Actions: len(pm.Spec.Actions)}
		for i, a := range pm.Spec.Actions {
			switch is := pm.Status.Actions[i]; {
			case a.State == v1alpha1.CorrectiveVerified:
				l.Verified++
			case !is.DueAt.IsZero() && !is.DueAt.After(s.now):
				l.Overdue++
			}
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b Lessons) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Record, b.Record)) })
	return out
}

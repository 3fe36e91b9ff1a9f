package casework

import (
	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/triage"
)

// levelActs are the acts that were not looked at yet for what they say about the level. What they say of a record that was closed by
// then is left out, as everything but its Reopen is. A record of an older release does not count them apart from those its run has
// taken in.
func (f *File) levelActs() (acts []v1alpha1.RecordAct, leftOut []triage.Verdict) {
	run, seen := f.Status.Run, f.levelActsSeen()
	if run == nil || seen == len(f.acts) {
		return f.acts[seen:], nil
	}
	closed := run.Result != "" && run.Result != v1alpha1.RunSuperseded
	for i := min(int(run.ActsSeen), seen); i < len(f.acts); i++ {
		switch act := f.acts[i]; act.Verb {
		case v1alpha1.RecordReopen:
			closed = false
		case v1alpha1.RecordAbort, v1alpha1.RecordWithdraw:
			closed = true
		case v1alpha1.RecordRaise, v1alpha1.RecordLower:
			switch {
			case i < seen:
			case closed:
				leftOut = append(leftOut, triage.Verdict{Act: act, LeftOut: "the record is closed; re-open it first"})
			default:
				acts = append(acts, act)
			}
		}
	}
	return acts, leftOut
}

func (f *File) levelActsSeen() int {
	seen := int(f.Status.LevelActsSeen)
	if run := f.Status.Run; run != nil {
		seen = max(seen, int(run.ActsSeen))
	}
	return min(seen, len(f.acts))
}

// judged notes what became of people's decisions about the level, once for each.
func (f *File) judged(verdicts []triage.Verdict) {
	for _, v := range verdicts {
		if v.LeftOut != "" {
			f.event(v1alpha1.EventActIgnored, v.Act.By, string(v.Act.Verb)+" was left out: "+v.LeftOut)
			continue
		}
		f.event(v1alpha1.EventLevelChanged, v.Act.By, "level "+string(v.Act.Level)+": "+cut(v.Act.Reason, mostReason))
	}
	f.Status.LevelActsSeen = int32(len(f.acts))
}

// mostReason is how much of a reason the timeline shows; all of it stays with the act.
const mostReason = 512

// cut shortens a text to at most n bytes, at a character border.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// grade sets the level in force: the one the incident was raised with, or what people made of it since.
func (f *incidentFile) grade() error {
	if f.specChanged() {
		if err := f.noteFacts(&f.ci.Spec, nil, f.ci.Spec.ChangedBy); err != nil {
			return err
		}
	}
	if st := &f.ci.Status; st.Level == "" || st.Run == nil {
		st.Level = f.ci.Spec.Level
		if err := f.changeLevel(f.acts[:f.levelActsSeen()], false); err != nil {
			return err
		}
	}
	acts, leftOut := f.levelActs()
	if len(leftOut) > 0 {
		f.judged(leftOut)
	}
	if err := f.changeLevel(acts, true); err != nil {
		return err
	}
	f.Facts.Level, f.Facts.Incident.Level = string(f.ci.Status.Level), string(f.ci.Status.Level)
	return nil
}

// changeLevel carries out what acts say about the level. Acts that were judged before are not told again.
func (f *incidentFile) changeLevel(acts []v1alpha1.RecordAct, tell bool) error {
	if len(acts) == 0 {
		return nil
	}
	policy, err := f.policy()
	if err != nil {
		return err
	}
	level, verdicts := triage.ByPeople(policy.Policy, f.ci.Status.Level, acts)
	f.ci.Status.Level = level
	if tell {
		f.judged(verdicts)
	}
	return nil
}

// policy is the TriagePolicy whose levels the incident's are: that of the complaint it was raised from, else the one
// that serves whoever names none.
func (f *incidentFile) policy() (Policy, error) {
	name := ""
	if from := f.ci.Spec.RaisedBy; from != nil && from.Kind == v1alpha1.RecordComplaint {
		c, err := f.world.Complaint(string(from.Name))
		if err != nil {
			return Policy{}, err
		}
		if c != nil {
			name = c.Spec.Policy
		}
	}
	return f.world.Policy(name)
}

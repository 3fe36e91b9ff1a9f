package casework

import (
	"cmp"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// judgeMerges looks whether the complaints this one is to be merged into can take it: a merge must never leave a matter
// to nobody.
func (f *complaintFile) judgeMerges() error {
	for _, act := range newActs(f.c) {
		if act.Verb != v1alpha1.RecordMerge {
			continue
		}
		why, err := f.whyNotMerge(act.Into)
		if err != nil {
			return err
		}
		if why != "" {
			if f.Facts.NotMergeable == nil {
				f.Facts.NotMergeable = map[string]string{}
			}
			f.Facts.NotMergeable[act.Into] = why
		}
	}
	return nil
}

// whyNotMerge says why a complaint cannot take this one; empty if it can.
func (f *complaintFile) whyNotMerge(name string) (string, error) {
	into, err := f.world.NewestComplaint(name)
	switch {
	case err != nil:
		return "", err
	case into == nil:
		return "does not exist", nil
	case into.UID == f.c.UID:
		return "is this complaint", nil
	}
	if why, err := f.comesBack(into); why != "" || err != nil {
		return why, err
	}
	end, err := f.endOf(into)
	switch {
	case err != nil:
		return "", err
	case end == nil || !end.Status.ClosedAt.IsZero():
		return "is closed", nil
	}
	return f.whyUnattended(end)
}

// endOf is where a complaint was merged to in the end, itself where it was not; nil where that is no more.
func (f *complaintFile) endOf(c *v1alpha1.Complaint) (*v1alpha1.Complaint, error) {
	for range MostFollowed {
		if c.Status.MergedInto == "" {
			return c, nil
		}
		next, err := f.world.NewestComplaint(string(c.Status.MergedInto))
		if next == nil || err != nil {
			return nil, err
		}
		c = next
	}
	return nil, nil
}

// MostFollowed is how many complaints are looked at along the ways of merges.
const MostFollowed = 64

// comesBack says whether what is merged into a complaint would come back to this one, over whichever others they are merged
// into or are to be. Of a circle the one whose name comes first goes on and the others are merged, whoever is looked at
// first: so only ways over names after its own are followed.
func (f *complaintFile) comesBack(into *v1alpha1.Complaint) (string, error) {
	if into.Name < f.c.Name {
		return "", nil
	}
	names := []string{into.Name}
	for k := 0; k < len(names); k++ {
		if k == MostFollowed {
			return "is to be merged on over too many others; merge into the one that is to be kept", nil
		}
		at := into
		if k > 0 {
			var err error
			if at, err = f.world.NewestComplaint(names[k]); err != nil {
				return "", err
			}
		}
		for _, next := range mergeTargets(at) {
			if next == f.c.Name {
				return "is to be merged into this one, straight or by way of others", nil
			}
			if next > f.c.Name && !slices.Contains(names, next) {
				names = append(names, next)
			}
		}
	}
	return "", nil
}

// mergeTargets are the complaints that one was merged into, or may be as soon as it is looked at.
func mergeTargets(c *v1alpha1.Complaint) []string {
	if c == nil {
		return nil
	}
	var out []string
	if into := c.Status.MergedInto; into != "" {
		out = append(out, string(into))
	}
	for _, act := range newActs(c) {
		if act.Verb == v1alpha1.RecordMerge {
			out = append(out, act.Into)
		}
	}
	return out
}

// newActs are the acts on a complaint that its run has not taken in yet.
func newActs(c *v1alpha1.Complaint) []v1alpha1.RecordAct {
	seen := 0
	if c.Status.Run != nil {
		seen = int(c.Status.Run.ActsSeen)
	}
	return c.Spec.Acts[min(seen, len(c.Spec.Acts)):]
}

// whyUnattended says why nobody works on a complaint, nor will by itself; empty if somebody does.
func (f *complaintFile) whyUnattended(c *v1alpha1.Complaint) (string, error) {
	if c.Status.Run != nil {
		return "", nil
	}
	policy, err := f.world.Policy(c.Spec.Policy)
	switch {
	case err != nil:
		return "", err
	case policy.isBuiltIn():
		return "has nobody who works on it: " + policy.Problem, nil
	case c.Status.Grading == nil: // it was not looked at yet
		return "", nil
	}
	level := c.Status.Grading.Level
	playbook := policy.Playbook(level)
	if playbook == "" {
		return "has nobody who works on it: level " + string(level) + " has no playbook in " + policy.Title(), nil
	}
	_, problem, err := f.ready(playbook, v1alpha1.RecordComplaint)
	if problem != "" {
		problem = "has nobody who works on it: " + problem
	}
	return problem, err
}

// mostMergedFrom is how many complaints a complaint names as merged into it; whom they are about counts of all of them.
const mostMergedFrom = 64

// gatherMerged looks which complaints were merged into this one: whom they are about takes no part here either.
func (f *complaintFile) gatherMerged() error {
	merged, err := f.mergedFrom(f.c.Name)
	if err != nil {
		return err
	}
	for _, c := range merged {
		f.Facts.About = joined(f.Facts.About, c.Spec.About)
		name := v1alpha1.ObjectName(c.Name)
		if from := f.c.Status.MergedFrom; len(from) < mostMergedFrom && !slices.Contains(from, name) {
			f.c.Status.MergedFrom = append(from, name)
			f.event(v1alpha1.EventCorrelated, "", "complaint "+caseOf(c)+" was merged into "+f.intoWhich(c, merged))
		}
	}
	return nil
}

// intoWhich is what people call the complaint that one was merged into: this one, or another that was merged into it.
func (f *complaintFile) intoWhich(c *v1alpha1.Complaint, merged []*v1alpha1.Complaint) string {
	into := string(c.Status.MergedInto)
	if into == f.c.Name {
		return caseOf(f.c)
	}
	for _, other := range merged {
		if other.Name == into {
			return caseOf(other)
		}
	}
	return into
}

// mergedFrom lists the complaints that were merged into one, straight or by way of others, in the order of their names.
func (f *File) mergedFrom(name string) ([]*v1alpha1.Complaint, error) {
	direct, err := f.world.MergedInto(name)
	if err != nil || len(direct) == 0 {
		return nil, err
	}
	var out []*v1alpha1.Complaint
	names := []string{name}
	for k := 0; ; {
		for _, c := range direct {
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
				out = append(out, c)
			}
		}
		if k++; k == len(names) {
			break
		}
		if direct, err = f.world.MergedInto(names[k]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b *v1alpha1.Complaint) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

package timing

import "tocsin.dev/tocsin/api/v1alpha1"

// manner is how people answer in a run that is played. The zero manner has everybody answer as late as they may, and those of whom
// nothing says when they do never.
type manner struct {
	// late has those who need never answer do so once what is asked about should have happened.
	late bool
	// early are the steps that are answered at once.
	early map[int]bool
}

// manners are other ways than the latest in which people may answer: what an early answer skips or stops is not told either, and what
// comes after an answer that need never be given may come at any time. Where nobody answers there are none.
func manners(q *question) []manner {
	if q.conduct == v1alpha1.ConductSilence {
		return nil
	}
	var asked []int
	for i := range q.plan.Nodes {
		if asks(&q.plan.Nodes[i]) {
			asked = append(asked, i)
		}
	}
	all := map[int]bool{}
	for _, i := range asked {
		all[i] = true
	}
	out := []manner{{late: true}, {late: true, early: all}}
	for _, i := range asked {
		out = append(out, manner{late: true, early: map[int]bool{i: true}})
	}
	return out
}

package playbook

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/common/types"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Endings are the top-level steps of a playbook by name, with the outcomes each can have: all of it that the complaints of
// an incident can look at. No outcomes: not known, e.g. because the step is at fault.
type Endings map[string][]string

// EndingsOf reads them off a playbook, which need not be sound.
func EndingsOf(spec v1alpha1.PlaybookSpec) Endings {
	out := Endings{}
	for i := range spec.Steps {
		written := &spec.Steps[i]
		out[written.Name] = endings(&step{head: &written.StepHead, action: &written.Action, repeat: written.Repeat})
	}
	return out
}

// raises names the playbooks that a playbook raises incidents with, in the order they are written.
func raises(spec *v1alpha1.PlaybookSpec) []string {
	var out []string
	for _, a := range Actions(spec) {
		if a.RaiseIncident != nil && a.RaiseIncident.Playbook != "" {
			out = addNew(out, a.RaiseIncident.Playbook)
		}
	}
	return out
}

// raised is what the playbook can look at of the incidents it raises.
func (b *book) raised() []Endings {
	var out []Endings
	for _, name := range raises(b.spec) {
		out = append(out, b.closure.Raised[name])
	}
	return out
}

// unseen is the playbook of an incident that is not there, where a condition looks at steps of incidents: that it does not fit follows
// from that.
func (b *book) unseen(source v1alpha1.Expression) string {
	if !strings.Contains(string(source), "incident.steps") {
		return ""
	}
	for _, name := range raises(b.spec) {
		if _, there := b.closure.Raised[name]; !there {
			return "Playbook/" + name
		}
	}
	return ""
}

// incidentSteps is an incident asked for its steps.
type incidentSteps IncidentFacts

// What a step is that the incident does not have, because it follows another revision, or another playbook: while the incident is open
// it has not begun, and then it is over without having been done.
var (
	neverBegun = &v1alpha1.StepState{State: v1alpha1.StepPending}
	neverDone  = &v1alpha1.StepState{State: v1alpha1.StepCancelled}
)

// seeSteps lets expressions look at the steps of the incidents that this playbook raises, as incident.steps.<name>. Of two
// playbooks with a step of one name the outcomes of both are possible.
func (v *environment) seeSteps(raised []Endings) {
	all := Endings{}
	for _, e := range raised {
		for name, list := range e {
			if had, is := all[name]; is && (had == nil || list == nil) {
				list = nil
			} else {
				list = slices.Concat(had, list)
			}
			all[name] = list
		}
	}
	v.structs[typeIncident] = append(slices.Clone(incidentFields), structField{name: "steps",
		ft: field(types.NewObjectType(typeIncidentSteps), func(i *IncidentFacts) any { return (*incidentSteps)(i) })})
	v.structs[typeIncidentSteps] = nil
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v.structs[typeIncidentSteps] = append(v.structs[typeIncidentSteps], structField{name: name, ft: incidentStepField(name)})
		v.outcomes[ofIncident+name] = all[name]
	}
}

// ofIncident stands before the name of a step of the incident where the two kinds of steps are told apart.
const ofIncident = "incident."

func incidentStepField(name string) *types.FieldType {
	return &types.FieldType{
		Type: types.NewObjectType(typeStep),
		GetFrom: func(obj any) (any, error) {
			in, ok := obj.(*incidentSteps)
			if !ok {
				return nil, fmt.Errorf("a step of the incident was asked of %T", obj)
			}
			if i := slices.IndexFunc(in.Steps, func(s v1alpha1.StepState) bool { return s.Name == name }); i >= 0 {
				return &in.Steps[i], nil
			}
			if in.Closed {
				return neverDone, nil
			}
			return neverBegun, nil
		},
		IsSet: func(any) bool { return true },
	}
}

// explainIncidentStep says why an incident has no step of that name.
func (v *environment) explainIncidentStep(name string, known []string) (message, advice string) {
	if len(known) == 0 {
		return "the playbook raises no incident whose steps could be looked at",
			"name the playbook of the incident in a raiseIncident of this playbook, and create it in this namespace"
	}
	return fmt.Sprintf("the incident has no step %s at the top", name), DidYouMean(name, known) + "its steps are: " + strings.Join(known, ", ")
}

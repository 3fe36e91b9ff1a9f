// Package pack holds a policy pack in memory: what one namespace would hold after `kubectl apply`, without a cluster. It is
// pure: whoever uses it reads the files.
package pack

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// Pack is policies, and records to try them on, by name.
type Pack struct {
	Playbooks map[string]*v1alpha1.Playbook
	Policies  map[string]*v1alpha1.TriagePolicy
	Teams     map[string]*v1alpha1.ResponseTeam
	Calendars map[string]*v1alpha1.BusinessCalendar
	Channels  map[string]*v1alpha1.NoticeChannel
	Drills    map[string]*v1alpha1.DrillSchedule
	// Complaints and Incidents are records, in the order they were read; Secrets the contacts of complainants.
	Complaints []*v1alpha1.Complaint
	Incidents  []*v1alpha1.CrisisIncident
	Secrets    map[string]*corev1.Secret
}

// New makes an empty pack.
func New() *Pack {
	return &Pack{
		Playbooks: map[string]*v1alpha1.Playbook{}, Policies: map[string]*v1alpha1.TriagePolicy{}, Teams: map[string]*v1alpha1.ResponseTeam{},
		Calendars: map[string]*v1alpha1.BusinessCalendar{}, Channels: map[string]*v1alpha1.NoticeChannel{}, Drills: map[string]*v1alpha1.DrillSchedule{},
		Secrets: map[string]*corev1.Secret{},
	}
}

// Add reads the objects of one YAML or JSON file. The error, a Fault, names the file, the line and what to do. Kinds that are
// not Tocsin's, such as a kustomization, are passed over.
func (p *Pack) Add(file string, text []byte) error {
	documents, faults := Read(file, text)
	if len(faults) > 0 {
		return faults[0]
	}
	for _, d := range documents {
		if fault := p.Put(d, d.Object); fault != nil {
			return *fault
		}
	}
	return nil
}

// Namespaces are those that policies of the pack name, in order.
func (p *Pack) Namespaces() []string {
	names := map[string]bool{}
	namespaces(names, p.Playbooks)
	namespaces(names, p.Policies)
	namespaces(names, p.Teams)
	namespaces(names, p.Calendars)
	namespaces(names, p.Channels)
	namespaces(names, p.Drills)
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}

func namespaces[P metav1.Object](into map[string]bool, objects map[string]P) {
	for _, o := range objects {
		into[o.GetNamespace()] = true
	}
}

// Foreign is whether an object is no business of Tocsin's, such as a kustomization.
func Foreign(d Document) bool {
	group, _, _ := strings.Cut(d.APIVersion, "/")
	return group != v1alpha1.GroupVersion.Group && (d.APIVersion != "v1" || d.Kind != "Secret")
}

// Put adds the object of a document, which stands there as given or with its defaults filled in. It says why it cannot.
func (p *Pack) Put(d Document, object map[string]any) *Fault {
	switch {
	case d.APIVersion == v1alpha1.GroupVersion.String():
		return p.putOurs(d, object)
	case Foreign(d):
		return nil
	case d.Kind == "Secret" && d.APIVersion == "v1":
		return put(d, object, p.Secrets)
	}
	return d.fault("apiVersion", "write "+v1alpha1.GroupVersion.String(), "there is no version %s", d.APIVersion)
}

func (p *Pack) putOurs(d Document, object map[string]any) *Fault {
	switch d.Kind {
	case "Playbook":
		return put(d, object, p.Playbooks)
	case "TriagePolicy":
		return put(d, object, p.Policies)
	case "ResponseTeam":
		return put(d, object, p.Teams)
	case "BusinessCalendar":
		return put(d, object, p.Calendars)
	case "NoticeChannel":
		return put(d, object, p.Channels)
	case "DrillSchedule":
		return put(d, object, p.Drills)
	case "Complaint":
		fault := list(d, object, &p.Complaints)
		if fault == nil {
			if why := Unplayable(p.Complaints[len(p.Complaints)-1].Spec.ReceivedAt.Time); why != "" {
				return d.fault("spec.receivedAt", "mend the date", "%s", why)
			}
		}
		return fault
	case "CrisisIncident":
		return list(d, object, &p.Incidents)
	}
	return d.fault("kind", "take it out; a pack holds playbooks, triage policies, teams, calendars, channels, drill schedules, and records to try them on",
		"a %s is no policy", cmp.Or(d.Kind, "document without a kind"))
}

func (d *Document) fault(field, advice, what string, values ...any) *Fault {
	return &Fault{File: d.File, Line: d.LineOf(field), Field: field, Message: fmt.Sprintf(what, values...), Advice: advice}
}

// object is a Kubernetes object behind a pointer.
type object[T any] interface {
	*T
	metav1.Object
}

var unknownField = regexp.MustCompile(`unknown field "([^"]+)"`)

func read[T any, P object[T]](d Document, content map[string]any) (P, *Fault) {
	o := P(new(T))
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(content, o, true)
	if err == nil {
		if o.GetName() == "" && o.GetGenerateName() == "" {
			return nil, d.fault("metadata.name", "give it one", "the %s has no name", d.Kind)
		}
		return o, nil
	}
	if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
		return nil, d.fault(m[1], "correct it or take it out", "there is no such field in a %s", d.Kind)
	}
	return nil, d.fault("", "`kubectl tocsin verify` says where", "the %s %s cannot be read: %v", d.Kind, d.Name, err)
}

func put[T any, P object[T]](d Document, content map[string]any, into map[string]P) *Fault {
	o, fault := read[T, P](d, content)
	if fault != nil {
		return fault
	}
	if _, twice := into[o.GetName()]; twice {
		return d.fault("metadata.name", "all files together are one namespace: rename or remove one of the two", "there are two objects %s %s", d.Kind, o.GetName())
	}
	into[o.GetName()] = o
	return nil
}

func list[T any, P object[T]](d Document, content map[string]any, into *[]P) *Fault {
	o, fault := read[T, P](d, content)
	if fault == nil {
		*into = append(*into, o)
	}
	return fault
}

// Roster is who is in the teams of the pack.
func (p *Pack) Roster() *roster.Roster {
	specs := map[string]*v1alpha1.ResponseTeamSpec{}
	for name, team := range p.Teams {
		specs[name] = &team.Spec
	}
	return roster.New(specs)
}

// Closure is a playbook of the pack with everything it refers to.
func (p *Pack) Closure(name string) playbook.Closure {
	pb := p.Playbooks[name]
	if pb == nil {
		return playbook.Closure{Name: name}
	}
	c, _ := playbook.Gather(name, pb.Spec, playbook.Finder{ // a pack in memory has no errors
		Playbook: func(name string) (*v1alpha1.PlaybookSpec, error) {
			if found := p.Playbooks[name]; found != nil {
				return &found.Spec, nil
			}
			return nil, nil
		},
		Calendar: func(name string) (*v1alpha1.BusinessCalendarSpec, error) {
			if found := p.Calendars[name]; found != nil {
				return &found.Spec, nil
			}
			return nil, nil
		},
	})
	return c
}

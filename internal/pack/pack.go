// Package pack holds a policy pack in memory: what one namespace would hold after `kubectl apply`, without a cluster. It is
// pure: whoever uses it reads the files.
package pack

import (
	"bytes"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
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

// Add reads the documents of one YAML file. The error names the file and the object. Kinds that are not Tocsin's, such as a
// kustomization, are passed over.
func (p *Pack) Add(file string, text []byte) error {
	for i, part := range bytes.Split(append([]byte("\n"), text...), []byte("\n---")) {
		if len(bytes.TrimSpace(part)) == 0 {
			continue
		}
		if err := p.addDocument(part); err != nil {
			return fmt.Errorf("%s, document %d: %w", file, i+1, err)
		}
	}
	return nil
}

func (p *Pack) addDocument(text []byte) error {
	var is metav1.TypeMeta
	if err := yaml.Unmarshal(text, &is); err != nil {
		return err
	}
	switch {
	case is.APIVersion == v1alpha1.GroupVersion.String():
		return p.addOurs(is.Kind, text)
	case is.APIVersion == "v1" && is.Kind == "Secret":
		return add(text, p.Secrets)
	}
	return nil
}

func (p *Pack) addOurs(kind string, text []byte) error {
	switch kind {
	case "Playbook":
		return add(text, p.Playbooks)
	case "TriagePolicy":
		return add(text, p.Policies)
	case "ResponseTeam":
		return add(text, p.Teams)
	case "BusinessCalendar":
		return add(text, p.Calendars)
	case "NoticeChannel":
		return add(text, p.Channels)
	case "DrillSchedule":
		return add(text, p.Drills)
	case "Complaint":
		return list(text, &p.Complaints)
	case "CrisisIncident":
		return list(text, &p.Incidents)
	}
	return fmt.Errorf("a %s is no policy; a pack holds playbooks, triage policies, teams, calendars, channels, drill schedules, and records to try them on", kind)
}

// object is a Kubernetes object behind a pointer.
type object[T any] interface {
	*T
	metav1.Object
}

func read[T any, P object[T]](text []byte) (P, error) {
	o := P(new(T))
	if err := yaml.UnmarshalStrict(text, o); err != nil {
		return nil, err
	}
	if o.GetName() == "" && o.GetGenerateName() == "" {
		return nil, fmt.Errorf("metadata.name is missing")
	}
	return o, nil
}

func add[T any, P object[T]](text []byte, into map[string]P) error {
	o, err := read[T, P](text)
	if err != nil {
		return err
	}
	if _, twice := into[o.GetName()]; twice {
		return fmt.Errorf("%T %s is there twice", o, o.GetName())
	}
	into[o.GetName()] = o
	return nil
}

func list[T any, P object[T]](text []byte, into *[]P) error {
	o, err := read[T, P](text)
	if err == nil {
		*into = append(*into, o)
	}
	return err
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

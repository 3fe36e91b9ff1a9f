package policytest

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/internal/triage"
)

//go:embed schema/*.yaml
var schemas embed.FS

// form judges the form of a test.
var form = sync.OnceValues(func() (*schema.Kinds, error) { return schema.Load(schemas, "schema") })

// Test is a PolicyTest as it stands in a file.
type Test struct {
	PolicyTest
	document pack.Document
}

// Suite is a policy pack with the tests beside it.
type Suite struct {
	// Pack is the policies, with the API server's defaults.
	Pack *pack.Pack
	// Tests are in the order of files and lines.
	Tests []*Test

	plans     map[string]*playbook.Plan
	documents map[string]pack.Document // by kind/name
}

// IsTest is whether a document is a test, or was meant to be one.
func IsTest(d pack.Document) bool {
	return d.APIVersion == APIVersion || d.Kind == Kind
}

// Read takes the policies and tests of a pack from documents. What is wrong with any of them is a fault, and then there is
// nothing to play. kinds are Tocsin's CRDs; an error is a fault of the product or the end of ctx.
func Read(ctx context.Context, kinds *schema.Kinds, documents []pack.Document) (*Suite, []pack.Fault, error) {
	s := &Suite{Pack: pack.New(), plans: map[string]*playbook.Plan{}, documents: map[string]pack.Document{}}
	var faults []pack.Fault
	for _, d := range documents {
		var more []pack.Fault
		var err error
		if IsTest(d) {
			more, err = s.takeTest(ctx, d)
		} else {
			more, err = s.takePolicy(ctx, kinds, d)
		}
		if err != nil {
			return nil, nil, err
		}
		faults = append(faults, more...)
	}
	if len(faults) == 0 {
		faults = s.compile()
	}
	if len(faults) == 0 {
		for _, t := range s.Tests {
			faults = append(faults, s.check(t)...)
		}
	}
	return s, faults, nil
}

// takePolicy puts a policy into the pack, with the defaults it has in a cluster.
func (s *Suite) takePolicy(ctx context.Context, kinds *schema.Kinds, d pack.Document) ([]pack.Fault, error) {
	object := d.Object
	if d.APIVersion == v1alpha1.GroupVersion.String() && kinds.Known(d.Kind) {
		defaulted, wrong, err := kinds.Judge(ctx, d.Kind, d.Object)
		if err != nil || len(wrong) > 0 {
			return placed(&d, wrong, nil), err
		}
		object = defaulted
	}
	if fault := s.Pack.Put(d, object); fault != nil {
		return []pack.Fault{*fault}, nil
	}
	s.documents[d.Kind+"/"+d.Name] = d
	return nil, nil
}

// takeTest reads a test.
func (s *Suite) takeTest(ctx context.Context, d pack.Document) ([]pack.Fault, error) {
	if d.APIVersion != APIVersion || d.Kind != Kind {
		field := map[bool]string{true: "apiVersion", false: "kind"}[d.APIVersion != APIVersion]
		return []pack.Fault{fault(&d, field, fmt.Sprintf("write apiVersion: %s and kind: %s; a test is a file and nothing a cluster knows", APIVersion, Kind), "there is no %s in %s", d.Kind, d.APIVersion)}, nil
	}
	kinds, err := form()
	if err != nil {
		return nil, err
	}
	object := runtime.DeepCopyJSON(d.Object)
	filled := fillIn(object)
	defaulted, wrong, err := kinds.Judge(ctx, Kind, object)
	if err != nil || len(wrong) > 0 {
		return placed(&d, wrong, filled), err
	}
	t := &Test{document: d}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(defaulted, &t.PolicyTest); err != nil {
		return []pack.Fault{fault(&d, "", "correct it", "it cannot be read: %v", err)}, nil
	}
	for _, other := range s.Tests {
		if other.Name == t.Name {
			return []pack.Fault{fault(&d, "metadata.name", "rename one of the two", "there is another test %s in %s:%d", t.Name, other.document.File, other.document.Line)}, nil
		}
	}
	s.Tests = append(s.Tests, t)
	return nil, nil
}

func fault(d *pack.Document, field, advice, what string, values ...any) pack.Fault {
	return pack.Fault{File: d.File, Line: d.LineOf(field), Field: field, Message: fmt.Sprintf(what, values...), Advice: advice}
}

// placed are faults of a schema with their place in the file; those of what was filled in do not count.
func placed(d *pack.Document, wrong []schema.Fault, filled []string) []pack.Fault {
	var out []pack.Fault
	for _, w := range wrong {
		if !slices.Contains(filled, w.Field) {
			out = append(out, fault(d, w.Field, w.Advice, "%s", w.Message))
		}
	}
	return out
}

// fillIn fills in what a record or act has in a cluster and nobody wants to write in a test. It names the fields.
func fillIn(object map[string]any) (filled []string) {
	set := func(o map[string]any, at, field string, value any) {
		if _, is := o[field]; !is {
			o[field] = value
			filled = append(filled, at+"."+field)
		}
	}
	given, _ := object["given"].(map[string]any)
	each := func(list string, fill func(at string, o map[string]any)) {
		entries, _ := given[list].([]any)
		for i, e := range entries {
			if o, is := e.(map[string]any); is {
				fill(fmt.Sprintf("given.%s[%d]", list, i), o)
			}
		}
	}
	each("complaints", func(at string, o map[string]any) {
		set(o, at, "statement", "A complaint of a test.")
		if name, is := o["name"].(string); is && name != "" {
			set(o, at, "complainant", map[string]any{"pseudonym": name, "contactSecret": name})
		}
	})
	each("incidents", func(at string, o map[string]any) {
		if name, is := o["name"].(string); is && name != "" {
			set(o, at, "title", name)
		}
	})
	each("acts", func(at string, o map[string]any) {
		if act, is := o["act"].(map[string]any); is {
			set(act, at+".act", "id", "filled-in")
		}
	})
	return filled
}

// compile compiles the policies. A sub-playbook need not stand alone.
func (s *Suite) compile() []pack.Fault {
	var faults []pack.Fault
	parts := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(s.Pack.Playbooks)) {
		for sub := range s.Pack.Closure(name).Subs {
			parts[sub] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Pack.Playbooks)) {
		plan, problems := playbook.Compile(s.Pack.Closure(name))
		if len(problems) == 0 {
			s.plans[name] = plan
			continue
		}
		if parts[name] {
			continue
		}
		for _, p := range problems {
			faults = append(faults, s.problem("Playbook", name, p))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Pack.Policies)) {
		_, problems := triage.Compile(name, 1, s.Pack.Policies[name].Spec)
		for _, p := range problems {
			faults = append(faults, s.problem("TriagePolicy", name, p))
		}
	}
	return faults
}

// problem is why a policy does not compile, with its place.
func (s *Suite) problem(kind, name string, p playbook.Problem) pack.Fault {
	name = cmp.Or(p.Playbook, name)
	d := s.documents[kind+"/"+name]
	f := fault(&d, p.Field, p.Advice, "%s", p.Message)
	if d.File == "" {
		f.File = strings.ToLower(kind) + " " + name
	}
	return f
}

// Package gate says what the API server would refuse of what people do, without an API server: it asks the same
// ValidatingAdmissionPolicies that are installed, with the API server's own code, so that nothing is modelled twice. It is
// pure.
package gate

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// leftOut are the policies that compare with the clock of the API server and the writers it notes: there is neither.
var leftOut = []string{"tocsin-time-check", "tocsin-time-received"}

// Policies are admission policies. They are safe for concurrent use; each is compiled when it is first asked.
type Policies struct {
	all []policy
}

type policy struct {
	rules    []admissionv1.NamedRuleWithOperations
	compiled func() (*rules, error)
}

// Load reads the ValidatingAdmissionPolicies in the folder of a file system.
func Load(files fs.FS, folder string) (*Policies, error) {
	names, err := fs.Glob(files, path.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	p := &Policies{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		for document := range strings.SplitSeq("\n"+string(text), "\n---\n") {
			var written admissionv1.ValidatingAdmissionPolicy
			if err := yaml.Unmarshal([]byte(document), &written); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if written.Kind != "ValidatingAdmissionPolicy" || slices.Contains(leftOut, written.Name) {
				continue
			}
			p.all = append(p.all, policy{written.Spec.MatchConstraints.ResourceRules, sync.OnceValues(func() (*rules, error) {
				compiled, err := compile(&written)
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %w", name, written.Name, err)
				}
				return compiled, nil
			})})
		}
	}
	if len(p.all) == 0 {
		return nil, fmt.Errorf("there is no ValidatingAdmissionPolicy in %s", folder)
	}
	return p, nil
}

// Change is a write that somebody tries: an object as it was, and as they would have it.
type Change struct {
	// By is who tries.
	By v1alpha1.User
	// Kind is the kind of the object, Resource its plural, in small letters.
	Kind, Resource string
	// Before and After are the object, of the same type.
	Before, After runtime.Object
}

// Refused says why the API server would not take a change, in the words the user would read; empty: it takes it. RBAC is
// taken to allow updates and none of Tocsin's special verbs. An error is a fault of the policies.
func (p *Policies) Refused(ctx context.Context, c Change) (why string, err error) {
	attributes, err := c.attributes()
	if err != nil {
		return "", err
	}
	for _, one := range p.all {
		if !slices.ContainsFunc(one.rules, c.matches) {
			continue
		}
		compiled, err := one.compiled()
		if err != nil {
			return "", err
		}
		if why, err := compiled.weigh(ctx, attributes); why != "" || err != nil {
			return why, err
		}
	}
	return "", nil
}

// OnTask is that somebody adds an act to a task, closing it where the act alone does.
func OnTask(before *v1alpha1.ResponseTask, act v1alpha1.TaskAct) Change {
	after := before.DeepCopy()
	if outcome, closes := after.Spec.Closes(&act); closes {
		after.Spec.State, after.Spec.Outcome = v1alpha1.TaskDone, outcome
	}
	after.Spec.Acts = append(after.Spec.Acts, act)
	return Change{By: act.By, Kind: "ResponseTask", Resource: "responsetasks", Before: before, After: after}
}

// OnRecord is that somebody adds an act to a complaint or an incident.
func OnRecord(before runtime.Object, act v1alpha1.RecordAct) Change {
	c := Change{By: act.By, Kind: "CrisisIncident", Resource: "crisisincidents", Before: before, After: before.DeepCopyObject()}
	switch o := c.After.(type) {
	case *v1alpha1.Complaint:
		c.Kind, c.Resource = "Complaint", "complaints"
		o.Spec.Acts = append(o.Spec.Acts, act)
	case *v1alpha1.CrisisIncident:
		o.Spec.Acts = append(o.Spec.Acts, act)
	}
	return c
}

func (c Change) matches(r admissionv1.NamedRuleWithOperations) bool {
	return slices.Contains(r.Resources, c.Resource) && slices.Contains(r.APIGroups, v1alpha1.Group) &&
		slices.ContainsFunc(r.Operations, func(o admissionv1.OperationType) bool {
			return o == admissionv1.Update || o == admissionv1.OperationAll
		})
}

// attributes are the change as the API server's code has it.
func (c Change) attributes() (*admission.VersionedAttributes, error) {
	before, err := loose(c.Before)
	if err != nil {
		return nil, err
	}
	after, err := loose(c.After)
	if err != nil {
		return nil, err
	}
	kind := v1alpha1.GroupVersion.WithKind(c.Kind)
	// Everybody who signs in belongs to this group; none of Tocsin's policies asks for another one of a person.
	who := &user.DefaultInfo{Name: string(c.By), Groups: []string{user.AllAuthenticated}}
	return &admission.VersionedAttributes{
		Attributes: admission.NewAttributesRecord(after, before, kind, after.GetNamespace(), after.GetName(),
			v1alpha1.GroupVersion.WithResource(c.Resource), "", admission.Update, &metav1.UpdateOptions{}, false, who),
		VersionedKind: kind, VersionedObject: admission.NewLazyObject(after), VersionedOldObject: admission.NewLazyObject(before),
	}, nil
}

// updates is RBAC that allows updates and nothing special.
type updates struct{}

func (updates) Authorize(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	if slices.Contains([]string{"get", "list", "watch", "update", "patch"}, a.GetVerb()) {
		return authorizer.DecisionAllow, "", nil
	}
	return authorizer.DecisionDeny, "", nil
}

// weigh asks a policy about a change.
func (r *rules) weigh(ctx context.Context, attributes *admission.VersionedAttributes) (why string, err error) {
	request := cel.CreateAdmissionRequest(attributes.Attributes, metav1.GroupVersionResource(attributes.GetResource()), metav1.GroupVersionKind(attributes.VersionedKind))
	ask := func(of cel.ConditionEvaluator, with cel.OptionalVariableBindings) ([]cel.EvaluationResult, error) {
		results, _, err := of.ForInput(ctx, attributes, request, with, nil, celconfig.RuntimeCELCostBudget)
		return results, err
	}
	authorized := cel.OptionalVariableBindings{Authorizer: updates{}}
	conditions, err := ask(r.when, authorized)
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.name, err)
	}
	for _, c := range conditions {
		if c.Error == nil && !holds(c) {
			return "", nil // it is none of this policy's business
		}
	}
	validations, err := ask(r.must, authorized)
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.name, err)
	}
	for i, v := range validations {
		if v.Error == nil && holds(v) {
			continue
		}
		if v.Error != nil {
			return v.Error.Error(), nil // as the API server answers then
		}
		messages, err := ask(r.says, cel.OptionalVariableBindings{})
		if err == nil && messages[i].Error == nil && messages[i].EvalResult != nil {
			if text, is := messages[i].EvalResult.Value().(string); is && text != "" {
				return text, nil
			}
		}
		return r.validations[i].Message, nil
	}
	return "", nil
}

func holds(r cel.EvaluationResult) bool {
	yes, is := r.EvalResult.Value().(bool)
	return is && yes
}

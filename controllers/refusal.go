package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
	"tocsin.dev/tocsin/internal/triage"
)

// The optional webhook refuses what condition Verified would say False of, where the fault is in the text that is written. What
// cannot be told for sure is let in with a warning, because the condition tells it soon: what other objects lack, which are often
// applied right after; what sub-playbooks do wrong; what takes too long to prove; and a fault of the webhook itself.

const (
	// refusalTime is how long a proof may take while somebody waits for `kubectl apply`, on the machine's clock; the API server
	// waits 10 s.
	refusalTime = 6 * time.Second
	// mostRefusal is how long the message of a refusal gets, mostWarning a warning; the API server cuts longer ones.
	mostRefusal = 8192
	mostWarning = 400
	// mostWarnings is how many there are.
	mostWarnings = 8
)

// PlaybookRefusal refuses playbooks that do not compile or are not sound. It is an admission.Validator.
type PlaybookRefusal struct {
	Shell
}

// ValidateCreate judges a new playbook.
func (r *PlaybookRefusal) ValidateCreate(ctx context.Context, pb *v1alpha1.Playbook) (admission.Warnings, error) {
	return r.judge(ctx, nil, pb)
}

// ValidateUpdate judges a playbook that is written anew.
func (r *PlaybookRefusal) ValidateUpdate(ctx context.Context, was, pb *v1alpha1.Playbook) (admission.Warnings, error) {
	if equality.Semantic.DeepEqual(was.Spec, pb.Spec) {
		return nil, nil
	}
	return r.judge(ctx, was, pb)
}

// ValidateDelete refuses nothing.
func (r *PlaybookRefusal) ValidateDelete(context.Context, *v1alpha1.Playbook) (admission.Warnings, error) {
	return nil, nil
}

func (r *PlaybookRefusal) judge(ctx context.Context, was, pb *v1alpha1.Playbook) (admission.Warnings, error) {
	return answer(ctx, "playbook "+pb.Name, func() (admission.Warnings, error) { return r.judgeAll(ctx, was, pb) })
}

// answer is what a judgement says. Where it breaks off, what was written is let in.
func answer(ctx context.Context, what string, judge func() (admission.Warnings, error)) (warned admission.Warnings, err error) {
	if !judged(ctx, what, func() { warned, err = judge() }) {
		return unjudged(errFault), nil
	}
	return warned, err
}

// judgeAll judges a playbook by itself, and then those that carry it out.
func (r *PlaybookRefusal) judgeAll(ctx context.Context, was, pb *v1alpha1.Playbook) (admission.Warnings, error) {
	ctx, done := context.WithTimeout(ctx, refusalTime)
	defer done()
	warned, err := r.judgeAlone(ctx, pb)
	if err != nil {
		return warned, err
	}
	broken, told, err := r.breaks(ctx, was, pb)
	switch {
	case err != nil:
		return slices.Compact(append(warned, unjudged(err)...)), nil
	case len(broken) > 0:
		err = errors.New(conditions.List(broken, "\n", mostRefusal))
	default:
		told = append(told, r.takeOvers(ctx, pb.Namespace, func(p *pack.Pack) { p.Playbooks[pb.Name] = pb })...)
	}
	return warnings(append(warned, told...)), err
}

func (r *PlaybookRefusal) judgeAlone(ctx context.Context, pb *v1alpha1.Playbook) (admission.Warnings, error) {
	closure, err := r.closureOf(ctx, pb)
	if err != nil {
		return unjudged(err), nil
	}
	if lacking := lackingIn(closure); len(lacking) > 0 {
		return warnings(append(lacking, "the playbook is judged once they are there, see its condition Verified")), nil
	}
	plan, problems := playbook.Compile(closure)
	elsewhere := slices.DeleteFunc(slices.Clone(problems), func(p playbook.Problem) bool { return p.Playbook == "" })
	if own := slices.DeleteFunc(problems, func(p playbook.Problem) bool { return p.Playbook != "" }); len(own) > 0 {
		return warnings(texts(elsewhere)), errors.New(conditions.List(texts(own), "\n", mostRefusal))
	}
	if plan == nil {
		return warnings(texts(elsewhere)), nil
	}
	proof, err := proofOf(closure)
	if err != nil {
		return unjudged(err), nil
	}
	return refuse(r.prove(ctx, proof.Digest, plan))
}

func (r *PlaybookRefusal) prove(ctx context.Context, digest string, plan *playbook.Plan) Proved {
	if v, ok := r.Proofs.Now(ctx, digest, plan); ok {
		return v
	}
	v, _ := r.Proofs.Within(ctx, refusalTime, nil, digest, plan)
	return v
}

// refuse turns a verdict into an answer.
func refuse(v Proved) (admission.Warnings, error) {
	var said []string
	own := slices.DeleteFunc(slices.Clone(v.Findings), func(f soundness.Finding) bool { return f.Playbook != "" })
	for _, f := range v.Findings {
		if f.Playbook != "" {
			said = append(said, f.String())
		}
	}
	for _, f := range v.Unsure() {
		said = append(said, f.String())
	}
	for _, bound := range v.Bounds {
		said = append(said, bound+"; condition Verified will tell")
	}
	if len(own) > 0 {
		return warnings(said), errors.New(soundness.Tell(own, mostRefusal))
	}
	return warnings(said), nil
}

// lackingIn says what a closure refers to and does not hold.
func lackingIn(c playbook.Closure) []string {
	var out []string
	playbooks, calendars, raised := c.Missing()
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(playbooks, raised...)))) {
		out = append(out, fmt.Sprintf("there is no Playbook %q yet", name))
	}
	for _, name := range calendars {
		out = append(out, fmt.Sprintf("there is no BusinessCalendar %q yet", name))
	}
	return out
}

// TriagePolicyRefusal refuses triage policies that do not compile. It is an admission.Validator.
type TriagePolicyRefusal struct {
	Shell
}

// ValidateCreate judges a new policy.
func (r *TriagePolicyRefusal) ValidateCreate(ctx context.Context, tp *v1alpha1.TriagePolicy) (admission.Warnings, error) {
	return answer(ctx, "triage policy "+tp.Name, func() (admission.Warnings, error) { return r.judge(ctx, tp) })
}

// ValidateUpdate judges a policy that is written anew.
func (r *TriagePolicyRefusal) ValidateUpdate(ctx context.Context, was, tp *v1alpha1.TriagePolicy) (admission.Warnings, error) {
	if equality.Semantic.DeepEqual(was.Spec, tp.Spec) {
		return nil, nil
	}
	return answer(ctx, "triage policy "+tp.Name, func() (admission.Warnings, error) { return r.judge(ctx, tp) })
}

// ValidateDelete refuses nothing.
func (r *TriagePolicyRefusal) ValidateDelete(context.Context, *v1alpha1.TriagePolicy) (admission.Warnings, error) {
	return nil, nil
}

func (r *TriagePolicyRefusal) judge(ctx context.Context, tp *v1alpha1.TriagePolicy) (admission.Warnings, error) {
	policy, problems := triage.Compile(tp.Name, 1, tp.Spec)
	if len(problems) > 0 {
		return nil, errors.New(conditions.List(texts(problems), "\n", mostRefusal))
	}
	lacking, err := r.lackingPlaybooks(ctx, tp)
	if err != nil {
		return unjudged(err), nil
	}
	ctx, done := context.WithTimeout(ctx, refusalTime)
	defer done()
	return warnings(slices.Concat(gradingDoubts(policy), lacking, r.takeOvers(ctx, tp.Namespace, func(p *pack.Pack) { p.Policies[tp.Name] = tp }))), nil
}

// unjudged is the warning of a webhook that could not judge. It refuses nothing: a policy may be what ends a crisis.
func unjudged(err error) admission.Warnings {
	return warnings([]string{"not judged, see condition Verified: " + err.Error()})
}

func warnings(sentences []string) admission.Warnings {
	var out admission.Warnings
	for _, s := range sentences[:min(len(sentences), mostWarnings)] {
		out = append(out, conditions.Shorten(s, mostWarning))
	}
	if more := len(sentences) - mostWarnings; more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return out
}

package controllers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// breaks says which playbooks of the namespace an edit would break that carry the playbook out. What was wrong with them before is
// only told, and so is what an edit does to those that raise incidents with it: they can only be written after it. was is the playbook
// as it was, nil of a new one.
func (r *PlaybookRefusal) breaks(ctx context.Context, was, pb *v1alpha1.Playbook) (broken, told []string, err error) {
	var all v1alpha1.PlaybookList
	if err := r.List(ctx, &all, client.InNamespace(pb.Namespace)); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(all.Items, func(a, b v1alpha1.Playbook) int { return strings.Compare(a.Name, b.Name) })
	for i := range all.Items {
		parent := &all.Items[i]
		if parent.Name == pb.Name {
			continue
		}
		wrong, carriesOut, err := r.wrongWith(ctx, parent, pb)
		if err != nil {
			return nil, nil, err
		}
		if wrong == "" {
			continue
		}
		text := fmt.Sprintf("playbook %s, which refers to it: %s", parent.Name, wrong)
		before := wrong
		if was != nil && carriesOut {
			if before, _, err = r.wrongWith(ctx, parent, was); err != nil {
				return nil, nil, err
			}
		}
		if before != "" {
			told = append(told, text)
		} else {
			broken = append(broken, text)
		}
	}
	return broken, told, nil
}

// wrongWith is what is wrong with a playbook if another that it refers to were as given, empty where nothing is, or it does not; and
// whether it carries the other out.
func (r *PlaybookRefusal) wrongWith(ctx context.Context, parent, with *v1alpha1.Playbook) (wrong string, carriesOut bool, err error) {
	closure, err := r.closureOf(ctx, parent, with)
	if err != nil {
		return "", false, err
	}
	_, carriesOut = closure.Subs[with.Name]
	_, raises := closure.Raised[with.Name]
	if !carriesOut && !raises || len(lackingIn(closure)) > 0 {
		return "", carriesOut, nil
	}
	plan, problems := playbook.Compile(closure)
	if len(problems) > 0 {
		return listProblems(problems), carriesOut, nil
	}
	proof, err := proofOf(closure)
	if err != nil {
		return "", false, err
	}
	if v := r.prove(ctx, proof.Digest, plan); len(v.Findings) > 0 {
		return soundness.Tell(v.Findings, mostRefusal), carriesOut, nil
	}
	return "", carriesOut, nil
}

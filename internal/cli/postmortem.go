package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// documentKeys are the parts of a document by output format.
var documentKeys = map[string]string{"md": "postmortem.md", "html": "postmortem.html", "svg": "timeline.svg"}

// postMortemCommand prints the document of a post-mortem.
func (a *app) postMortemCommand() *cobra.Command {
	output := "md"
	values := append([]string{"md", "html", "svg"}, formats...)
	cmd := &cobra.Command{
		Use:   "postmortem NAME",
		Short: "Print a post-mortem, by its own name or that of the complaint or incident it is about",
		Long: `Print the document of a post-mortem, by its own name or that of the complaint or incident it is about.

-o svg prints its timeline as a picture, -o json, yaml and name the PostMortem itself.`,
		Example: `  kubectl tocsin postmortem example-crisis
  kubectl tocsin postmortem example-crisis -o html > review.html`,
		Args: one(aPostMortem),
	}
	a.outputFlag(cmd, &output, values...)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if err := knownOutput(output, values...); err != nil {
			return err
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		pm, err := c.findPostMortem(ctx, args[0])
		if err != nil {
			return err
		}
		if slices.Contains(formats, output) {
			return a.printObjects(ctx, c, output, false, []client.Object{pm}, nil)
		}
		if pm.Status.Document == "" {
			return fmt.Errorf("postmortem %s is not written yet: %s", pm.Name, whyNot(pm))
		}
		var document corev1.ConfigMap
		if err := c.Get(ctx, c.key(string(pm.Status.Document)), &document); err != nil {
			return fmt.Errorf("read the document of postmortem %s: %w", pm.Name, err)
		}
		fmt.Fprint(a.Out, document.Data[documentKeys[output]])
		return nil
	})
	return cmd
}

// findPostMortem reads a post-mortem by its name, or by the name or case number of the record it is about, whoever
// created it.
func (c *cluster) findPostMortem(ctx context.Context, name string) (*v1alpha1.PostMortem, error) {
	bare, kind := kindBefore(name, "")
	if kind == "" {
		var pm v1alpha1.PostMortem
		err := c.Get(ctx, c.key(withoutKind(name, "postmortem", "postmortems", "pm")), &pm)
		if err == nil || !apierrors.IsNotFound(err) || notInstalled(err) {
			return &pm, err
		}
	}
	records, err := c.recordsNamed(ctx, bare, kind)
	if err != nil {
		return nil, err
	}
	var list v1alpha1.PostMortemList
	if err := c.List(ctx, &list, client.InNamespace(c.namespace)); err != nil {
		return nil, err
	}
	var about []v1alpha1.PostMortem
	for _, r := range records {
		about = append(about, r.reviews(list.Items)...)
	}
	switch {
	case len(about) == 1:
		return &about[0], nil
	case len(about) > 1:
		return nil, fmt.Errorf("%s has %d postmortems, %s: name the one you mean", records[0], len(about), namesOf(about))
	case len(records) > 0:
		return nil, unreviewed(records[0])
	}
	if err := c.exists(ctx); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("no postmortem, no complaint and no incident %q in namespace %q; `kubectl get postmortems` lists them", name, c.namespace)
}

// reviews are the post-mortems about a record: the one its run opened, where it did.
func (r *record) reviews(all []v1alpha1.PostMortem) []v1alpha1.PostMortem {
	var opened v1alpha1.ObjectName
	if incident, is := r.object.(*v1alpha1.CrisisIncident); is {
		opened = incident.Status.PostMortem
	}
	var about []v1alpha1.PostMortem
	for _, pm := range all {
		switch {
		case opened != "" && pm.Name == string(opened):
			return []v1alpha1.PostMortem{pm}
		case pm.Spec.Incident.Kind == r.kind && string(pm.Spec.Incident.Name) == r.object.GetName():
			about = append(about, pm)
		}
	}
	return about
}

func namesOf(list []v1alpha1.PostMortem) string {
	names := make([]string, len(list))
	for i, pm := range list {
		names[i] = pm.Name
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// unreviewed says why a record has no post-mortem: not yet, or never unless somebody creates one by hand.
func unreviewed(r *record) error {
	how := "was closed without a postmortem"
	switch {
	case r.status.State == v1alpha1.CaseAborted:
		how = "was aborted before it had a postmortem"
	case r.status.ClosedAt.IsZero():
		return fmt.Errorf("%s has no postmortem yet; a step postMortem of its playbook opens one", r)
	}
	return fmt.Errorf("%s %s; create a PostMortem whose spec.incident is {kind: %s, name: %s}, and the document is written for it", r, how, r.kind, r.object.GetName())
}

func whyNot(pm *v1alpha1.PostMortem) string {
	for _, c := range pm.Status.Conditions {
		if c.Type == "Written" {
			return c.Message
		}
	}
	return "the manager has not seen it"
}

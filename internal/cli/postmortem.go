package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// documentKeys are the parts of a document by output format.
var documentKeys = map[string]string{"md": "postmortem.md", "html": "postmortem.html", "svg": "timeline.svg"}

// postMortemCommand prints the document of a post-mortem.
func (a *app) postMortemCommand() *cobra.Command {
	output := "md"
	cmd := &cobra.Command{
		Use:   "postmortem NAME",
		Short: "Print a post-mortem, by its own name or that of its incident",
		Args:  one(aPostMortem),
	}
	cmd.Flags().StringVarP(&output, "output", "o", output, "output format: md, html or svg (the timeline)")
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		key, known := documentKeys[output]
		if !known {
			return usagef("-o %s is unknown: md, html and svg are what there is", output)
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		pm, err := c.findPostMortem(ctx, args[0])
		if err != nil {
			return err
		}
		if pm.Status.Document == "" {
			return fmt.Errorf("postmortem %s is not written yet: %s", pm.Name, whyNot(pm))
		}
		var document corev1.ConfigMap
		if err := c.Get(ctx, c.key(string(pm.Status.Document)), &document); err != nil {
			return fmt.Errorf("read the document of postmortem %s: %w", pm.Name, err)
		}
		fmt.Fprint(a.Out, document.Data[key])
		return nil
	})
	return cmd
}

// findPostMortem reads a post-mortem by its name, or by the name of the incident it is about.
func (c *cluster) findPostMortem(ctx context.Context, name string) (*v1alpha1.PostMortem, error) {
	var pm v1alpha1.PostMortem
	own := withoutKind(name, "postmortem", "postmortems", "pm")
	err := c.Get(ctx, c.key(own), &pm)
	if err == nil || !apierrors.IsNotFound(err) || notInstalled(err) {
		return &pm, err
	}
	var incident v1alpha1.CrisisIncident
	err = c.Get(ctx, c.key(withoutKind(name, kindsOf[v1alpha1.RecordCrisisIncident]...)), &incident)
	switch {
	case apierrors.IsNotFound(err):
		if err := c.exists(ctx); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("no postmortem and no incident %q in namespace %q", name, c.namespace)
	case err != nil:
		return nil, err
	case incident.Status.PostMortem == "":
		return nil, fmt.Errorf("incident %s has no postmortem yet", incident.Name)
	}
	return &pm, c.Get(ctx, c.key(string(incident.Status.PostMortem)), &pm)
}

func whyNot(pm *v1alpha1.PostMortem) string {
	for _, c := range pm.Status.Conditions {
		if c.Type == "Written" {
			return c.Message
		}
	}
	return "the manager has not seen it"
}

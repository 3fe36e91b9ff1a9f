package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// privacy is which personal data of a complainant was asked for. None of it is shown otherwise.
type privacy struct {
	statement, contacts bool
}

func (p *privacy) add(flags *pflag.FlagSet) {
	flags.BoolVar(&p.statement, "statement", false, "also what the complainant wrote, for those who may read the complaint")
	flags.BoolVar(&p.contacts, "contacts", false, "also name and contacts of the complainant, for those who may read the Secret that holds them")
}

// personal tells what was asked for of the complainant of a record, below a line that says so.
func (c *cluster) personal(ctx context.Context, r *record, asked privacy) (string, error) {
	if asked == (privacy{}) {
		return "", nil
	}
	complaint, is := r.object.(*v1alpha1.Complaint)
	if !is {
		return "", fmt.Errorf("%s has no complainant of its own: its complaints have", r)
	}
	var b strings.Builder
	b.WriteString("\nPersonal data\n")
	if asked.contacts {
		rows, err := c.contacts(ctx, complaint)
		if err != nil {
			return "", err
		}
		b.WriteString(table(rows, 0))
	}
	if asked.statement {
		for line := range strings.SplitSeq(complaint.Spec.Statement, "\n") {
			b.WriteString(printable(line) + "\n")
		}
	}
	return b.String(), nil
}

// contacts are the name and contacts of a complainant.
func (c *cluster) contacts(ctx context.Context, complaint *v1alpha1.Complaint) ([][]string, error) {
	if complaint.Spec.Complainant == nil || complaint.Spec.Complainant.ContactSecret == "" {
		return nil, fmt.Errorf("complaint %s names no Secret with contacts", complaint.Name)
	}
	name := complaint.Spec.Complainant.ContactSecret
	var secret corev1.Secret
	switch err := c.Get(ctx, c.key(name), &secret); {
	case apierrors.IsForbidden(err):
		return nil, fmt.Errorf("you may not read who complained: name and contacts are in Secret %s, and RBAC gives you no right to it", name)
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("the contacts of complaint %s are not there: there is no Secret %s", complaint.Name, name)
	case err != nil:
		return nil, err
	}
	var rows [][]string
	for _, key := range []string{"name", "phone", "email"} {
		if value := string(secret.Data[key]); value != "" {
			rows = append(rows, []string{strings.ToUpper(key[:1]) + key[1:], printable(value)})
		}
	}
	return rows, nil
}

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// remedyFlags describe what is offered to the complainant.
type remedyFlags struct {
	kinds                    []string
	amount, currency, reason string
}

func (f *remedyFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.kinds, "remedy-kind", nil, "part of the remedy, e.g. Refund, Apology; may be given several times")
	flags.StringVar(&f.amount, "amount", "", "worth of the remedy, e.g. 100.00")
	flags.StringVar(&f.currency, "currency", "", "currency of the amount, e.g. CNY")
	flags.StringVar(&f.reason, "remedy-reason", "", "what is offered and why")
}

// remedy is what the flags describe; nil when none was given.
func (f *remedyFlags) remedy() (*v1alpha1.Remedy, error) {
	if len(f.kinds) == 0 && f.amount == "" && f.currency == "" && f.reason == "" {
		return nil, nil
	}
	switch {
	case len(f.kinds) == 0:
		return nil, usagef("a remedy needs --remedy-kind, e.g. Refund")
	case f.reason == "":
		return nil, usagef("a remedy needs --remedy-reason: what is offered and why")
	case (f.amount == "") != (f.currency == ""):
		return nil, usagef("--amount and --currency belong together")
	}
	r := &v1alpha1.Remedy{Currency: f.currency, Reason: f.reason}
	for _, k := range f.kinds {
		r.Kinds = append(r.Kinds, v1alpha1.RemedyKind(k))
	}
	if f.amount != "" {
		var err error
		if r.AmountCents, err = cents(f.amount); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// cents reads an amount with at most two decimals, exactly.
func cents(amount string) (int64, error) {
	bad := usagef("--amount %q is no amount: write digits, and a point before the hundredths, e.g. 100.00", amount)
	whole, part, decimals := strings.Cut(amount, ".")
	if decimals && (part == "" || len(part) > 2) || strings.Trim(whole+part, "0123456789") != "" {
		return 0, bad
	}
	units, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || units > math.MaxInt64/100-1 {
		return 0, bad
	}
	hundredths, err := strconv.ParseInt((part + "00")[:2], 10, 64)
	if err != nil {
		return 0, bad
	}
	return units*100 + hundredths, nil
}

// sameWords is whether a remedy is what is offered already: it stays whose it is.
func sameWords(remedy, written *v1alpha1.Remedy) bool {
	if written == nil {
		return false
	}
	unsigned := *written
	unsigned.By = remedy.By
	return equality.Semantic.DeepEqual(remedy, &unsigned)
}

// setRemedy writes the remedy, in the caller's own name, and nothing else of the complaint.
func (c *cluster) setRemedy(ctx context.Context, complaint string, remedy *v1alpha1.Remedy) error {
	var err error
	if remedy.By, err = c.me(ctx); err != nil {
		return err
	}
	patch, err := json.Marshal([]patchStep{{"add", "/spec/remedy", remedy}})
	if err != nil {
		return err
	}
	obj := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: c.namespace, Name: complaint}}
	if err := c.Patch(ctx, obj, client.RawPatch(types.JSONPatchType, patch)); err != nil {
		return fmt.Errorf("write the remedy of complaint %s: %w", complaint, err)
	}
	return nil
}

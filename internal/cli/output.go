package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/printers"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// formats are the values of -o that objects are printed in, as kubectl prints them.
var formats = []string{"json", "yaml", "name"}

// outputFlag adds -o with these values to a command; without it the command prints what people read.
func (a *app) outputFlag(cmd *cobra.Command, to *string, values ...string) {
	cmd.Flags().StringVarP(to, "output", "o", *to, "output format: "+anyOf(values))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // it is there
}

// knownOutput is nil when -o is empty or one of the values.
func knownOutput(output string, values ...string) error {
	if output == "" || slices.Contains(values, output) {
		return nil
	}
	return usagef("-o %s is unknown: %s is what there is", output, anyOf(values))
}

func anyOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// printObjects prints objects as the API server holds them, as kubectl would: one, or a list of any number. change is made
// to each before.
func (a *app) printObjects(ctx context.Context, c *cluster, output string, list bool, objects []client.Object, change func(*unstructured.Unstructured)) error {
	served, err := c.served(ctx, objects)
	if err != nil {
		return err
	}
	for i := range served {
		served[i].SetManagedFields(nil)
		if change != nil {
			change(&served[i])
		}
	}
	var printer printers.ResourcePrinter
	switch output {
	case "json":
		printer = &printers.JSONPrinter{}
	case "yaml":
		printer = &printers.YAMLPrinter{}
	default:
		printer = &printers.NamePrinter{}
	}
	printed := func(u *unstructured.Unstructured) error {
		var out bytes.Buffer
		err := printer.PrintObj(u, &out)
		text := out.Bytes()
		if output == "json" {
			text = escaped(text)
		}
		if err == nil {
			_, err = a.Out.Write(text)
		}
		return err
	}
	if output == "name" || !list {
		for i := range served {
			if err := printed(&served[i]); err != nil {
				return err
			}
		}
		return nil
	}
	all := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}}}
	items := make([]any, len(served))
	for i := range served {
		items[i] = served[i].Object
	}
	all.Object["items"] = items
	return printed(all)
}

// served reads objects again with every field the server has, also those this program does not know; what is gone by now is
// left out. One is read alone, several with the lists they are in.
func (c *cluster) served(ctx context.Context, objects []client.Object) ([]unstructured.Unstructured, error) {
	if len(objects) == 1 {
		kind, err := c.GroupVersionKindFor(objects[0])
		if err != nil {
			return nil, err
		}
		var one unstructured.Unstructured
		one.SetGroupVersionKind(kind)
		err = c.Get(ctx, client.ObjectKeyFromObject(objects[0]), &one)
		return []unstructured.Unstructured{one}, err
	}
	known := map[string]unstructured.Unstructured{}
	id := func(kind string, o client.Object) string { return kind + "/" + o.GetNamespace() + "/" + o.GetName() }
	listed := map[string]bool{}
	out := make([]unstructured.Unstructured, 0, len(objects))
	for _, o := range objects {
		kind, err := c.GroupVersionKindFor(o)
		if err != nil {
			return nil, err
		}
		if !listed[kind.Kind] {
			var list unstructured.UnstructuredList
			list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
			if err := c.List(ctx, &list, client.InNamespace(c.namespace)); err != nil {
				return nil, err
			}
			for _, u := range list.Items {
				known[id(kind.Kind, &u)] = u
			}
			listed[kind.Kind] = true
		}
		if u, is := known[id(kind.Kind, o)]; is {
			out = append(out, u)
		}
	}
	return out, nil
}

// pointers are the objects of a list.
func pointers(list runtime.Object) ([]client.Object, error) {
	var objects []client.Object
	err := apimeta.EachListItem(list, func(o runtime.Object) error {
		object, is := o.(client.Object)
		if !is {
			return fmt.Errorf("%T has no name", o)
		}
		objects = append(objects, object)
		return nil
	})
	return objects, err
}

// withoutPersonal leaves out of a complaint what the complainant wrote, handed in and is known by, and the copy of it that
// kubectl apply keeps.
func withoutPersonal(o *unstructured.Unstructured) {
	if o.GetKind() != "Complaint" {
		return
	}
	for _, field := range []string{"statement", "complainant", "order", "evidence"} {
		unstructured.RemoveNestedField(o.Object, "spec", field)
	}
	o.SetAnnotations(nil)
}

// byKindAndName puts incidents before complaints, and each in the order of their names.
func byKindAndName(a, b client.Object) int {
	kind := func(o client.Object) string { return fmt.Sprintf("%T", o) }
	return cmp.Or(-cmp.Compare(kind(a), kind(b)), cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
}

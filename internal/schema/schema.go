// Package schema judges objects of Tocsin's kinds as the API server would, without one: unknown fields, defaults, types and
// bounds, lists that are sets or maps, CEL rules with the API server's limits, names and labels. It takes the same CRDs that are
// installed and the API server's own code, so that nothing is modelled twice.
package schema

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	schemacel "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apimachineryvalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// Kinds are the kinds of a set of CRDs. It is safe for concurrent use; what a kind needs is compiled when it is first asked for.
type Kinds struct {
	byKind map[string]func() (*kind, error)
}

// kind is what the API server makes of a CRD.
type kind struct {
	fields *structural.Structural
	values validation.SchemaValidator
	rules  *schemacel.Validator
}

// Load reads the CRDs in the folder of a file system, one a file.
func Load(files fs.FS, folder string) (*Kinds, error) {
	names, err := fs.Glob(files, path.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	k := &Kinds{byKind: map[string]func() (*kind, error){}}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		// The kind is all that is read of a CRD until an object of it comes: most commands see three of a dozen.
		_, is, found := strings.Cut(string(text), "\n    kind: ")
		is, _, _ = strings.Cut(is, "\n")
		if !found {
			return nil, fmt.Errorf("%s is no CRD: it names no kind", name)
		}
		k.byKind[is] = sync.OnceValues(func() (*kind, error) {
			made, err := compile(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return made, nil
		})
	}
	if len(k.byKind) == 0 {
		return nil, fmt.Errorf("there is no CRD in %s", folder)
	}
	return k, nil
}

// compile does with a CRD what the API server does when one is installed.
func compile(text []byte) (*kind, error) {
	var written apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	if len(written.Spec.Versions) != 1 {
		return nil, errors.New("a kind with several versions cannot be judged yet")
	}
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(written.Spec.Versions[0].Schema.OpenAPIV3Schema, &internal, nil); err != nil {
		return nil, err
	}
	fields, err := structural.NewStructural(&internal)
	if err != nil {
		return nil, err
	}
	if err := defaulting.PruneDefaults(fields); err != nil {
		return nil, err
	}
	values, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		return nil, err
	}
	return &kind{fields: fields, values: values, rules: schemacel.NewValidator(fields, true, cel.PerCallLimit)}, nil
}

// Known is whether there is a CRD of the kind.
func (k *Kinds) Known(kind string) bool { return k.byKind[kind] != nil }

// Names are all kinds there are, sorted.
func (k *Kinds) Names() []string { return slices.Sorted(maps.Keys(k.byKind)) }

// Judge says what the API server would refuse of an object of the kind that is created, and what it would make of it: with
// defaults, without status. The object given is not changed. An error is one of the CRD.
func (k *Kinds) Judge(ctx context.Context, kindOf string, object map[string]any) (defaulted map[string]any, faults []Fault, err error) {
	load := k.byKind[kindOf]
	if load == nil {
		return nil, nil, fmt.Errorf("there is no CRD for the kind %s", kindOf)
	}
	is, err := load()
	if err != nil {
		return nil, nil, err
	}
	o := runtime.DeepCopyJSON(object)
	// As the API server does: what has a wrong name would be missing under its right one, and be told twice.
	if faults := is.coerce(o); len(faults) > 0 {
		return o, faults, nil
	}
	delete(o, "status") // who creates an object has no say in it
	return o, is.validate(ctx, o), nil
}

// coerce takes out what the schema does not know and fills in defaults, as the API server does while it decodes.
func (k *kind) coerce(o map[string]any) []Fault {
	meta, found, unknownMeta, err := objectmeta.GetObjectMetaWithOptions(o, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return fromErrors(field.ErrorList{field.Invalid(field.NewPath("metadata"), "", err.Error())}, k.fields, o)
	}
	unknown := pruning.PruneWithOptions(o, k.fields, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.PruneNonNullableNullsWithoutDefaults(o, k.fields)
	embedded, more := objectmeta.CoerceWithOptions(nil, o, k.fields, false, objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true})
	if embedded != nil {
		return fromErrors(field.ErrorList{embedded}, k.fields, o)
	}
	if found {
		if err := objectmeta.SetObjectMeta(o, meta); err != nil {
			return []Fault{{Field: "metadata", Message: err.Error()}}
		}
	}
	defaulting.Default(o, k.fields)
	var faults []Fault
	for _, path := range append(append(unknownMeta, unknown...), more...) {
		faults = append(faults, unknownField(path, k.fields))
	}
	return faults
}

// validate asks in the order of the API server: rules only once values have the form they are written for.
func (k *kind) validate(ctx context.Context, o map[string]any) []Fault {
	errs := validation.ValidateCustomResource(nil, o, k.values)
	meta, found, err := objectmeta.GetObjectMeta(o, false)
	switch {
	case err != nil:
		errs = append(errs, field.Invalid(field.NewPath("metadata"), "", err.Error()))
	case !found || meta.Name == "" && meta.GenerateName == "":
		errs = append(errs, field.Required(field.NewPath("metadata", "name"), "name or generateName is required"))
	default:
		if meta.Namespace == "" {
			meta.Namespace = "default" // kubectl fills it in
		}
		if meta.Name == "" {
			meta.Name = strings.TrimSuffix(meta.GenerateName, "-") + "-x" // the API server appends letters
		}
		errs = append(errs, apimachineryvalidation.ValidateObjectMeta(meta, true, apimachineryvalidation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
	}
	errs = append(errs, objectmeta.Validate(ctx, nil, o, k.fields, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.fields, o)...)
	if k.rules != nil && !blocksRules(errs) {
		broken, _ := k.rules.Validate(ctx, nil, k.fields, o, nil, cel.RuntimeCELCostBudget)
		errs = append(errs, slices.DeleteFunc(broken, func(rule *field.Error) bool { return readsMisformed(rule, errs) })...)
	}
	return fromErrors(errs, k.fields, o)
}

// readsMisformed is whether a rule was asked of an entry with a field that has the wrong form: what it says is not true then, as that 8:00
// is no time before 12:30. Rules about all of spec read more than one field, and are told.
func readsMisformed(rule *field.Error, errs field.ErrorList) bool {
	return slices.ContainsFunc(errs, func(err *field.Error) bool {
		parent, _ := parentOf(err.Field)
		return parent == rule.Field && parent != "" && parent != "spec"
	})
}

// blocksRules is whether a value has another form than rules count on.
func blocksRules(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}

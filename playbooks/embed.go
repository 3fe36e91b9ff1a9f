// Package playbooks holds the policy packs the product ships: plain YAML, one directory a pack, embedded so that the
// demo and the tests need no files around them. A pack is applied with kubectl apply -k like any other manifest.
package playbooks

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"

	"sigs.k8s.io/yaml"
)

// FS holds every pack: manifests, examples and import mappings, by pack.
//
//go:embed all:service-recovery all:property-developer
var FS embed.FS

// The packs.
const (
	// ServiceRecovery has three classes: general, serious, major.
	ServiceRecovery = "service-recovery"
	// PropertyDeveloper has four levels, L1 to L4, and crises of many households.
	PropertyDeveloper = "property-developer"
)

// Document is one object of a pack.
type Document struct {
	// File is the path in FS the object was read from.
	File string
	// YAML is the object as it is written there.
	YAML []byte
}

// Documents returns the objects of a pack in the order its kustomization.yaml lists them: what is referred to stands
// before what refers to it. A pack or file that does not exist is an error.
func Documents(pack string) ([]Document, error) {
	data, err := fs.ReadFile(FS, path.Join(pack, "kustomization.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read pack %s: %w", pack, err)
	}
	var kustomization struct {
		Resources []string `json:"resources"`
	}
	if err := yaml.Unmarshal(data, &kustomization); err != nil {
		return nil, fmt.Errorf("read %s/kustomization.yaml: %w", pack, err)
	}
	var documents []Document
	for _, resource := range kustomization.Resources {
		read, err := Read(path.Join(pack, resource))
		if err != nil {
			return nil, err
		}
		documents = append(documents, read...)
	}
	return documents, nil
}

// Text is a file of a pack.
type Text struct {
	// Name is its path in FS, Text what it holds.
	Name string
	Text []byte
}

// Texts are the YAML files of a pack and of some of its folders, e.g. examples, as they are written.
func Texts(pack string, folders ...string) ([]Text, error) {
	var out []Text
	for _, folder := range append([]string{"."}, folders...) {
		names, err := fs.Glob(FS, path.Join(pack, folder, "*.yaml"))
		if err != nil {
			return nil, fmt.Errorf("look for the files of pack %s: %w", pack, err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(FS, name)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
			out = append(out, Text{name, data})
		}
	}
	return out, nil
}

// Read returns the objects of one YAML file of FS, e.g. the examples of a pack.
func Read(file string) ([]Document, error) {
	data, err := fs.ReadFile(FS, file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	var documents []Document
	for _, part := range bytes.Split(append([]byte("\n"), data...), []byte("\n---\n")) {
		if part = bytes.TrimSpace(part); len(part) > 0 {
			documents = append(documents, Document{File: file, YAML: part})
		}
	}
	return documents, nil
}

// Package cacao writes playbooks as OASIS CACAO Security Playbooks v2.0 and reads them. Other tools see the order of the steps and
// who does them; the whole playbook travels in an extension that the document declares, so nothing is lost on the way back. It is
// pure.
package cacao

import (
	"crypto/sha1" // version 5 of UUIDs is made with it; it protects nothing
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// document is a CACAO playbook, as far as it is written.
type document struct {
	Type        string               `json:"type"`
	SpecVersion string               `json:"spec_version"`
	ID          string               `json:"id"`
	Name        string               `json:"name"`
	Description string               `json:"description,omitempty"`
	Summary     summary              `json:"playbook_processing_summary"`
	CreatedBy   string               `json:"created_by"`
	Created     string               `json:"created"`
	Modified    string               `json:"modified"`
	Variables   map[string]variable  `json:"playbook_variables,omitempty"`
	Start       string               `json:"workflow_start"`
	Workflow    map[string]*step     `json:"workflow"`
	Extensions  map[string]whole     `json:"playbook_extensions"`
	Agents      map[string]party     `json:"agent_definitions,omitempty"`
	Targets     map[string]party     `json:"target_definitions,omitempty"`
	Definitions map[string]extension `json:"extension_definitions"`
}

// summary says what a tool must be able to do to carry the playbook out.
type summary struct {
	Manual     bool `json:"manual_playbook"`
	External   bool `json:"external_playbooks"`
	Parallel   bool `json:"parallel_processing"`
	If         bool `json:"if_logic"`
	While      bool `json:"while_logic"`
	Temporal   bool `json:"temporal_logic"`
	Extensions bool `json:"extensions"`
}

type variable struct {
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	Value       string `json:"value,omitempty"`
	External    bool   `json:"external,omitempty"`
}

// step is a workflow step of any type.
type step struct {
	Type         string          `json:"type"`
	Name         string          `json:"name,omitempty"`
	Description  string          `json:"description,omitempty"`
	Delay        int64           `json:"delay,omitempty"`
	Timeout      int64           `json:"timeout,omitempty"`
	OnCompletion string          `json:"on_completion,omitempty"`
	Commands     []command       `json:"commands,omitempty"`
	Agent        string          `json:"agent,omitempty"`
	Targets      []string        `json:"targets,omitempty"`
	OutArgs      []string        `json:"out_args,omitempty"`
	PlaybookID   string          `json:"playbook_id,omitempty"`
	NextSteps    []string        `json:"next_steps,omitempty"`
	Condition    string          `json:"condition,omitempty"`
	OnTrue       string          `json:"on_true,omitempty"`
	OnFalse      string          `json:"on_false,omitempty"`
	Extensions   map[string]part `json:"step_extensions,omitempty"`
}

type command struct {
	Type    string `json:"type"`
	Command string `json:"command"`
}

// party is an agent or a target.
type party struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// whole is the extension's part of the document: the playbook as it is.
type whole struct {
	APIVersion string                `json:"apiVersion"`
	Name       string                `json:"name"`
	Spec       v1alpha1.PlaybookSpec `json:"spec"`
}

// part is the extension's part of a step: its path, and what the playbook says of it.
type part struct {
	Path string        `json:"path"`
	Step v1alpha1.Step `json:"step"`
}

type extension struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
	CreatedBy   string `json:"created_by"`
	Schema      string `json:"schema"`
	Version     string `json:"version"`
}

// The words of the standard that are written or read.
const (
	specVersion = "cacao-2.0"

	typeStart    = "start"
	typeEnd      = "end"
	typeAction   = "action"
	typePlaybook = "playbook-action"
	typeParallel = "parallel"
	typeIf       = "if-condition"
	typeWhile    = "while-condition"
	typeSwitch   = "switch-condition"
)

// space is the namespace of the ids, itself made from the name tocsin.dev in the namespace of domain names.
var space = uuid5([16]byte{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}, "tocsin.dev")

var (
	identity    = id("identity", "tocsin")
	extensionID = id("extension-definition", "crisis.tocsin.dev")
	declaration = extension{
		Type: "extension-definition", Name: "Tocsin playbook", CreatedBy: identity, Version: "1.0.0",
		Description: "What CACAO has no words for: approvals by several different people, whom a role excludes, recusal of the person complained about, deadlines in working time, reminders, ladders, quorums, recurring steps, cancel regions, texts of notices. playbook_extensions hold the whole playbook and count; step_extensions hold the same for each step.",
		Schema:      "The schema of the kind Playbook of crisis.tocsin.dev/v1alpha1, as in the CustomResourceDefinition playbooks.crisis.tocsin.dev: name is metadata.name, spec is spec; of a step, path is its name preceded by that of its block, step is the entry of spec.steps.",
	}
)

// id is an identifier of a type that follows from what it stands for, and nothing else.
func id(kind string, of ...string) string {
	u := space
	for _, part := range of {
		u = uuid5(u, part)
	}
	return fmt.Sprintf("%s--%x-%x-%x-%x-%x", kind, u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// uuid5 is a UUID made from a namespace and a name.
func uuid5(space [16]byte, name string) (u [16]byte) {
	sum := sha1.Sum(append(space[:], name...))
	copy(u[:], sum[:16])
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return u
}

// stamp is a time as CACAO writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

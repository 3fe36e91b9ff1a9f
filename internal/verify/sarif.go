package verify

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
)

// The parts of SARIF 2.1.0 that code scanning reads.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Version        string      `json:"version,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		ShortDescription sarifMessage `json:"shortDescription"`
		Default          sarifDefault `json:"defaultConfiguration"`
	}
	sarifDefault struct {
		Level Severity `json:"level"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     Severity        `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

// SARIF is a report for code scanning; version is that of the program.
func (r *Report) SARIF(version string) ([]byte, error) {
	driver := sarifDriver{Name: "tocsin", InformationURI: "https://tocsin.dev", Version: version}
	for _, rule := range Rules {
		driver.Rules = append(driver.Rules, sarifRule{rule.ID, sarifMessage{rule.Holds}, sarifDefault{rule.Severity}})
	}
	results := []sarifResult{}
	for _, f := range r.Findings {
		text := f.Text()
		for _, line := range f.Story {
			text += "\n" + line
		}
		results = append(results, sarifResult{
			RuleID: f.Rule, RuleIndex: slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == f.Rule }), Level: f.Severity, Message: sarifMessage{text},
			Locations: []sarifLocation{{sarifPhysical{sarifArtifact{uri(f.File)}, sarifRegion{max(f.Line, 1)}}}},
		})
	}
	return json.MarshalIndent(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{{sarifTool{driver}, results}},
	}, "", "  ")
}

// uri names a file as code scanning finds it in the repository.
func uri(file string) string {
	if file == "-" {
		file = "stdin"
	}
	return (&url.URL{Path: filepath.ToSlash(file)}).String()
}

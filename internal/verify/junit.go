package verify

import (
	"encoding/xml"
	"strings"
)

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr"`
		Failure *junitFailure `xml:"failure"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit is a report as test results: a suite a file, a case a rule. Warnings fail nothing; they are what the case printed.
func (r *Report) JUnit() ([]byte, error) {
	all := junitSuites{Name: "kubectl tocsin verify"}
	for _, file := range r.Files {
		suite := junitSuite{Name: file}
		for _, rule := range Rules {
			c := r.junitCase(file, rule)
			if c.Failure != nil {
				suite.Failures++
			}
			suite.Cases = append(suite.Cases, c)
		}
		suite.Tests = len(suite.Cases)
		all.Tests, all.Failures = all.Tests+suite.Tests, all.Failures+suite.Failures
		all.Suites = append(all.Suites, suite)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	return append([]byte(xml.Header), text...), err
}

func (r *Report) junitCase(file string, rule Rule) junitCase {
	c := junitCase{Name: rule.ID, Class: file, File: file}
	var failed, printed []string
	for _, f := range r.Findings {
		if f.File != file || f.Rule != rule.ID {
			continue
		}
		lines := append([]string{f.place() + ": " + oneLine(f.Text())}, f.Story...)
		if f.Severity == Error {
			failed = append(failed, lines...)
		} else {
			printed = append(printed, lines...)
		}
	}
	c.Out = strings.Join(printed, "\n")
	if len(failed) > 0 {
		c.Failure = &junitFailure{Message: failed[0], Text: strings.Join(failed, "\n")}
	}
	return c
}

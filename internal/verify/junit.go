package verify

import (
	"strings"

	"tocsin.dev/tocsin/internal/junit"
	"tocsin.dev/tocsin/internal/markdown"
)

// JUnit is a report as test results: a suite a file, a case a rule. Warnings fail nothing; they are what the case printed.
func (r *Report) JUnit() ([]byte, error) {
	all := junit.Results{Name: "kubectl tocsin verify"}
	for _, file := range r.Files {
		suite := junit.Suite{Name: file}
		for _, rule := range Rules {
			suite.Cases = append(suite.Cases, r.junitCase(file, rule))
		}
		all.Add(suite)
	}
	return all.XML()
}

func (r *Report) junitCase(file string, rule Rule) junit.Case {
	c := junit.Case{Name: rule.ID, Class: file, File: file}
	var failed, printed []string
	for _, f := range r.Findings {
		if f.File != file || f.Rule != rule.ID {
			continue
		}
		lines := append([]string{f.place() + ": " + markdown.OneLine(f.Text())}, f.Story...)
		if f.Severity == Error {
			failed = append(failed, lines...)
		} else {
			printed = append(printed, lines...)
		}
	}
	c.Out = strings.Join(printed, "\n")
	if len(failed) > 0 {
		c.Failure = &junit.Failure{Message: failed[0], Text: strings.Join(failed, "\n")}
	}
	return c
}

// Package junit writes test results in the form that build servers read. It is pure.
package junit

import "encoding/xml"

// Results are all suites of a run.
type Results struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Suites   []Suite  `xml:"testsuite"`
}

// Suite is the cases of one file.
type Suite struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Cases    []Case `xml:"testcase"`
}

// Case is one test.
type Case struct {
	Name  string `xml:"name,attr"`
	Class string `xml:"classname,attr"`
	File  string `xml:"file,attr"`
	// Failure is why it failed; nil: it did not.
	Failure *Failure `xml:"failure"`
	// Out is what it printed.
	Out string `xml:"system-out,omitempty"`
}

// Failure is why a case failed: in one line, and in full.
type Failure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// Add adds a suite and counts its cases.
func (r *Results) Add(s Suite) {
	s.Tests, s.Failures = len(s.Cases), 0
	for _, c := range s.Cases {
		if c.Failure != nil {
			s.Failures++
		}
	}
	r.Tests, r.Failures = r.Tests+s.Tests, r.Failures+s.Failures
	r.Suites = append(r.Suites, s)
}

// XML writes them.
func (r *Results) XML() ([]byte, error) {
	text, err := xml.MarshalIndent(r, "", "  ")
	return append([]byte(xml.Header), text...), err
}

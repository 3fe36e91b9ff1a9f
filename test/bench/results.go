package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// better says which way a figure should go.
type better string

const (
	higher better = "higher"
	lower  better = "lower"
)

// result is one figure. Aim 0 means that there is none: it is told for the reader's information.
type result struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Aim    float64 `json:"aim"`
	Better better  `json:"better"`
	OK     bool    `json:"ok"`
}

// report collects the figures of a run in the order they were measured.
type report struct {
	Results []result `json:"results"`
	out     io.Writer
}

func (r *report) add(name string, value float64, unit string, aim float64, b better) {
	ok := aim == 0 || (b == higher && value >= aim) || (b == lower && value <= aim)
	one := result{name, value, unit, aim, b, ok}
	r.Results = append(r.Results, one)
	fmt.Fprintln(r.out, "  ", one.line("  "))
}

// line is the figure as a line of the table.
func (r result) line(gap string) string {
	aim, verdict := "", ""
	if r.Aim != 0 {
		aim = map[better]string{higher: "≥ ", lower: "≤ "}[r.Better] + number(r.Aim)
		verdict = map[bool]string{true: "ok", false: "MISSED"}[r.OK]
	}
	return r.Name + gap + number(r.Value) + gap + r.Unit + gap + aim + gap + verdict
}

func number(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// table prints every figure beside its aim.
func (r *report) table() error {
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tvalue\tunit\taim\t")
	for _, one := range r.Results {
		fmt.Fprintln(w, one.line("\t"))
	}
	return w.Flush()
}

// write puts the figures into a file, as JSON.
func (r *report) write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// missed is how many figures did not reach their aim.
func (r *report) missed() (n int) {
	for _, one := range r.Results {
		if !one.OK {
			n++
		}
	}
	return n
}

// latencies adds the median and the 99th percentile of some durations.
func (r *report) latencies(name string, all []time.Duration, aim time.Duration) {
	r.add(name+" p50", percentile(all, 50).Seconds(), "s", 0, lower)
	r.add(name+" p99", percentile(all, 99).Seconds(), "s", aim.Seconds(), lower)
}

// percentile is the smallest value that p percent of all do not exceed.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min((len(sorted)*p+99)/100, len(sorted))-1]
}

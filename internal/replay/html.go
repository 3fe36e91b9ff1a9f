package replay

import (
	"fmt"
	"html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"tocsin.dev/tocsin/internal/report"
)

// bar is one line of a chart: two figures side by side.
type bar struct {
	name          string
	before, after float64
}

// HTML is the report as a page that needs nothing from elsewhere: the words of the comment, then charts.
func (r *Report) HTML() (string, error) {
	b := &strings.Builder{}
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>What the change would have done</title><style>` + style + "</style></head><body>\n")
	if err := goldmark.New(goldmark.WithExtensions(extension.Table)).Convert([]byte(r.Markdown()), b); err != nil {
		return "", err
	}
	fmt.Fprintf(b, "<h2>Charts</h2>\n<p><span class=b>■</span> before: %s, <span class=a>■</span> after: %s. People are drawn where something changed for them.</p>\n",
		html.EscapeString(r.Before.Name), html.EscapeString(r.After.Name))
	for _, c := range r.charts() {
		if svg := c.svg(); svg != "" {
			fmt.Fprintf(b, "<h3>%s</h3>\n%s\n", html.EscapeString(c.title), svg)
		}
	}
	b.WriteString("</body></html>\n")
	return b.String(), nil
}

const style = `body{font:15px Arial,Helvetica,"Noto Sans CJK SC",sans-serif;max-width:60em;margin:2em auto;color:#1d2733}.b{color:` + colourBefore + `}.a{color:` + colourAfter + `}table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #d5dbe1;padding:.25em .6em;text-align:left;vertical-align:top}th{background:#f2f5f8}`

// Colours of the two policies, which can be told apart in grey as well.
const (
	colourBefore = "#9aa7b4"
	colourAfter  = "#1f5fa8"
)

// chart is a picture of bars: two a line, before and after, or one that speaks of both.
type chart struct {
	title string
	bars  []bar
	one   bool
}

func (r *Report) charts() []chart {
	var levels, missed, tasks, nights, weekends, shifts []bar
	count := map[string]*bar{}
	for _, l := range r.Before.Summary.Levels {
		count[l.Level] = &bar{name: l.Level, before: float64(l.Complaints)}
	}
	for _, l := range r.After.Summary.Levels {
		if count[l.Level] == nil {
			count[l.Level] = &bar{name: l.Level}
		}
		count[l.Level].after = float64(l.Complaints)
	}
	for _, name := range sortedKeys(count) {
		levels = append(levels, *count[name])
	}
	for _, l := range r.Late {
		missed = append(missed, bar{l.Playbook + "/" + l.Step, float64(l.Before), float64(l.After)})
	}
	for _, p := range r.People {
		if !p.changed() {
			continue
		}
		who := p.Team + "/" + p.Name
		tasks = append(tasks, bar{who, p.Before.Weekly, p.After.Weekly})
		nights = append(nights, bar{who, float64(p.Before.Nights), float64(p.After.Nights)})
		weekends = append(weekends, bar{who, float64(p.Before.Weekends), float64(p.After.Weekends)})
	}
	for k, n := range r.Shifts {
		shifts = append(shifts, bar{name: shiftNames[k], after: float64(n)})
	}
	return []chart{
		{title: "Complaints by the level in force last", bars: levels}, {title: "First words to somebody, by how far they moved", bars: shifts, one: true},
		{title: "Deadlines missed, where that changed", bars: missed}, {title: "Tasks a week", bars: tasks},
		{title: "Notices at night", bars: nights}, {title: "Notices on weekends by day", bars: weekends},
	}
}

// Measures of a chart, in units of the picture.
const (
	chartWidth = 860.0
	chartText  = 260.0
	chartBar   = 9.0
	chartRow   = 26.0
	mostBars   = 60
)

// svg draws the chart; empty where there is nothing to see.
func (c chart) svg() string {
	most := 0.0
	for _, b := range c.bars {
		most = max(most, b.before, b.after)
	}
	if most == 0 {
		return ""
	}
	bars := c.bars[:min(len(c.bars), mostBars)]
	b := &strings.Builder{}
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="100%%" role="img" font-family="Arial, Helvetica, sans-serif" font-size="12"><title>%s</title>`,
		chartWidth, chartRow*float64(len(bars)), html.EscapeString(c.title))
	for i, one := range bars {
		y := chartRow * float64(i)
		fmt.Fprintf(b, `<text x="%.0f" y="%.1f" text-anchor="end" fill="#1d2733">%s</text>`, chartText-8, y+15, html.EscapeString(report.Plain(one.name, 40)))
		if c.one {
			c.bar(b, y+2+chartBar/2, one.after, most, colourAfter)
			continue
		}
		c.bar(b, y+2, one.before, most, colourBefore)
		c.bar(b, y+2+chartBar+1, one.after, most, colourAfter)
	}
	b.WriteString(`</svg>`)
	if n := len(c.bars) - mostBars; n > 0 {
		fmt.Fprintf(b, "<p>%d more are left out.</p>", n)
	}
	return b.String()
}

func (c chart) bar(b *strings.Builder, y, value, most float64, colour string) {
	width := (chartWidth - chartText - 60) * value / most
	fmt.Fprintf(b, `<rect x="%.0f" y="%.1f" width="%.1f" height="%.0f" fill="%s"/><text x="%.1f" y="%.1f" font-size="9" fill="#5b6876">%g</text>`,
		chartText, y, width, chartBar, colour, chartText+width+3, y+chartBar-1, value)
}

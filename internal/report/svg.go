package report

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// The page is 760 units wide: on A4 its 12-unit text comes out at about 8 points.
const (
	width     = 760
	labels    = 210 // width of the lane names
	chart     = width - labels - 20
	top       = 46 // height above the first lane: title and time axis
	rowHeight = 20
	foot      = 40 // height of the legend
)

const svgProlog = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// Colours that can be told apart in grey as well; shapes differ too.
const (
	colourBar     = "#7c93ab"
	colourStopped = "#c8d1da"
	colourMet     = "#1b7f3b"
	colourMissed  = "#c62828"
	colourDropped = "#8a8a8a"
	colourEscal   = "#b26a00"
	colourNotice  = "#1f5fa8"
	colourText    = "#1d2733"
	colourSoft    = "#5b6876"
	colourGrid    = "#e2e7ec"
)

// drawing collects SVG elements.
type drawing struct {
	strings.Builder
	axis axis
}

func (d *drawing) addf(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

func (d *drawing) text(x, y float64, attributes, text string) {
	d.addf(`<text x="%.1f" y="%.1f" %s>%s</text>`, x, y, attributes, html.EscapeString(text))
}

// TimelineSVG draws the timeline: a lane a step, bars for the time it took, ticks for deadlines (green and short when
// met, red and long when missed), triangles for escalations, dots for notices, diamonds for turns of events. A drill
// carries a watermark. It has no scripts and refers to nothing outside.
func (r Report) TimelineSVG() string {
	height := float64(top + rowHeight*len(r.lanes) + foot)
	d := &drawing{axis: newAxis(r.From, r.end(), r.zone(), starts(r.lanes))}
	d.WriteString(svgProlog)
	d.addf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f" role="img" font-family="system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif" font-size="12">`, width, height)
	title := "Timeline of " + plain(r.Title)
	d.addf(`<title>%s</title>`, html.EscapeString(title))
	d.addf(`<rect width="%d" height="%.0f" fill="#ffffff"/>`, width, height)
	d.text(8, 18, fmt.Sprintf(`font-size="13" font-weight="600" fill="%s"`, colourText), cut(title, 100))
	d.grid(height)
	for i, l := range r.lanes {
		d.lane(i, l)
	}
	d.legend(height)
	if r.Drill {
		d.text(width/2, height/2, fmt.Sprintf(`text-anchor="middle" font-size="72" font-weight="700" letter-spacing="16" fill="%s" fill-opacity="0.14" transform="rotate(-18 %d %.0f)"`, colourMissed, width/2, height/2), "DRILL")
	}
	d.addf(`</svg>`)
	return d.String()
}

// grid draws the time axis.
func (d *drawing) grid(height float64) {
	previous := ""
	for i, p := range d.axis.parts {
		if i > 0 {
			d.gap(p.left-breakGap, height)
		}
		for _, at := range p.ticks() {
			x := d.axis.x(at)
			if i+1 < len(d.axis.parts) && x > p.left+p.width {
				continue // the next part begins with it
			}
			d.addf(`<line x1="%.1f" y1="%d" x2="%.1f" y2="%.1f" stroke="%s"/>`, x, top-6, x, height-foot, colourGrid)
			day := at.Format("2006-01-02")
			label := at.Format("15:04")
			if p.step >= 24*time.Hour {
				label = at.Format("01-02")
			} else if day != previous {
				label = at.Format("01-02 15:04")
			}
			previous = day
			d.text(x, top-10, fmt.Sprintf(`text-anchor="middle" font-size="11" fill="%s"`, colourSoft), label)
		}
	}
}

// gap draws where the axis breaks: left of it are the first hours, right of it the rest, on another scale.
func (d *drawing) gap(x, height float64) {
	d.addf(`<rect x="%.1f" y="%d" width="%d" height="%.1f" fill="#f4f6f8"/>`, x, top-6, breakGap, height-foot-top+6)
}

func (d *drawing) lane(i int, l lane) {
	y := float64(top + rowHeight*i)
	name, colour := l.name, colourText
	if name == "" {
		name, colour = "the matter as a whole", colourSoft
	}
	d.text(8, y+14, fmt.Sprintf(`fill="%s"`, colour), cutFront(plain(name), 32))
	for _, b := range l.bars {
		fill := colourBar
		if b.stopped {
			fill = colourStopped
		}
		from, to := d.axis.x(b.from), d.axis.x(b.to)
		d.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="10" rx="2" fill="%s"/>`, from, y+5, max(2, to-from), fill)
	}
	d.ticks(y, l.ticks)
	for _, m := range l.marks {
		d.mark(y, m)
	}
}

// ticks draws the deadlines of a lane; those after the end stand at the right edge and say when they were due.
func (d *drawing) ticks(y float64, ticks []tick) {
	const apart, mostSaid = 4, 3
	edge := d.axis.x(d.axis.to)
	x := edge
	var after []string
	for _, t := range ticks {
		if !t.at.After(d.axis.to) {
			d.tick(d.axis.x(t.at), y, t.state)
			continue
		}
		d.tick(x, y, t.state)
		x -= apart
		if len(after) < mostSaid {
			after = append(after, d.axis.short(t.at))
		}
	}
	if len(after) > 0 {
		d.text(x-2, y+14, fmt.Sprintf(`text-anchor="end" font-size="10" fill="%s" stroke="#ffffff" stroke-width="3" paint-order="stroke"`, colourSoft), "▸ due "+strings.Join(after, ", "))
	}
}

func (d *drawing) tick(x, y float64, state DeadlineState) {
	switch state {
	case DeadlineMissed:
		d.addf(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="2.5"/>`, x, y+1, x, y+19, colourMissed)
	case DeadlineMet:
		d.addf(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="2"/>`, x, y+4, x, y+16, colourMet)
	default:
		d.addf(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="2 2"/>`, x, y+4, x, y+16, colourDropped)
	}
}

func (d *drawing) mark(y float64, m mark) {
	x := d.axis.x(m.at)
	when := m.at.In(d.axis.from.Location()).Format("01-02 15:04:05") + " " + m.text
	switch m.kind {
	case markEscalation:
		d.addf(`<path d="M%.1f %.1fl4.5 8h-9z" fill="%s"><title>%s</title></path>`, x, y+1, colourEscal, html.EscapeString(when))
	case markNotice:
		d.addf(`<circle cx="%.1f" cy="%.1f" r="2.6" fill="%s"><title>%s</title></circle>`, x, y+15, colourNotice, html.EscapeString(when))
	default:
		d.addf(`<path d="M%.1f %.1fl4 5l-4 5l-4 -5z" fill="%s"><title>%s</title></path>`, x, y+5, colourText, html.EscapeString(when))
	}
}

func (d *drawing) legend(height float64) {
	y := height - 18
	x := 8.0
	item := func(text string, draw func()) {
		draw()
		d.text(x+14, y+4, fmt.Sprintf(`font-size="11" fill="%s"`, colourSoft), text)
		x += 26 + 5.7*float64(len(text))
	}
	item("worked on", func() { d.addf(`<rect x="%.1f" y="%.1f" width="10" height="8" rx="2" fill="%s"/>`, x, y-4, colourBar) })
	item("stopped", func() {
		d.addf(`<rect x="%.1f" y="%.1f" width="10" height="8" rx="2" fill="%s"/>`, x, y-4, colourStopped)
	})
	item("deadline met", func() { d.tick(x+5, y-10, DeadlineMet) })
	item("deadline missed", func() { d.tick(x+5, y-10, DeadlineMissed) })
	item("escalation", func() { d.addf(`<path d="M%.1f %.1fl4.5 8h-9z" fill="%s"/>`, x+5, y-4, colourEscal) })
	item("notice", func() { d.addf(`<circle cx="%.1f" cy="%.1f" r="2.6" fill="%s"/>`, x+5, y, colourNotice) })
	item("turn of events", func() { d.addf(`<path d="M%.1f %.1fl4 5l-4 5l-4 -5z" fill="%s"/>`, x+5, y-5, colourText) })
	d.text(width-12, y+4, fmt.Sprintf(`text-anchor="end" font-size="11" fill="%s"`, colourSoft), d.axis.scale())
}

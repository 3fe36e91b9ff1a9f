package drawing

import (
	"fmt"
	"html"
	"strings"
	"unicode"

	"tocsin.dev/tocsin/internal/playbook"
)

const svgProlog = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

const (
	colourText = "#1d2733"
	colourSoft = "#5b6876"
	colourLane = "#f4f6f8"
	colourGrid = "#d3dae1"
	colourStop = "#c62828"
)

// lineColours tell arrows that cross apart. Each step's arrows have one.
var lineColours = [...]string{"#33475b", "#1f5fa8", "#8a5a00", "#6b3fa0", "#0b7285", "#9c3648"}

// canvas collects SVG elements.
type canvas struct{ strings.Builder }

func (c *canvas) addf(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

func (c *canvas) text(x, y, size float64, colour, more, text string) {
	c.addf(`<text x="%.1f" y="%.1f" font-size="%g" fill="%s"%s>%s</text>`, x, y, size, colour, more, escaped(text))
}

// escaped makes text stand for itself; control characters and direction overrides go.
func escaped(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, text))
}

// svg draws the picture at a scale on a sheet.
func (p *picture) svg(on sheet, scale float64) string {
	c := &canvas{}
	c.WriteString(svgProlog)
	mm := scale / pointsPerMM
	c.addf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.1fmm" height="%.1fmm" viewBox="0 0 %.0f %.1f" role="img" font-family="Arial, Helvetica, 'Liberation Sans', 'Noto Sans', 'Noto Sans CJK SC', sans-serif">`,
		p.width*mm, p.height*mm, p.width, p.height)
	c.addf(`<title>%s</title>`, escaped(strings.TrimSuffix("Playbook "+p.plan.Name+" — "+p.spec.Description, " — ")))
	c.addf(`<desc>%s</desc>`, escaped(fmt.Sprintf("To be printed on %s.", on.name)))
	c.addf(`<rect width="%.0f" height="%.1f" fill="#ffffff"/>`, p.width, p.height)
	p.drawHeading(c)
	for _, i := range p.all {
		if i.framed() {
			p.drawFrame(c, i)
		}
	}
	for k, n := range p.nets {
		p.drawNet(c, n, lineColours[k%len(lineColours)])
	}
	for _, i := range p.all {
		c.addf(`<g id="%s">`, escaped("step:"+i.node.Path))
		c.addf(`<title>%s</title>`, escaped(said(i.node)))
		if i.framed() {
			p.drawLabel(c, i)
		} else {
			p.drawBox(c, i)
		}
		c.addf(`</g>`)
	}
	p.drawLegend(c)
	c.addf(`</svg>`)
	return c.String()
}

// said is all that a step says, none of it cut off: its path, its description and what stands in its box.
func said(n *playbook.Node) string {
	parts := []string{n.Path}
	if n.Head.Description != "" {
		parts = append(parts, n.Head.Description)
	}
	parts = append(parts, start(n, wholly)...)
	parts = append(parts, does(n, wholly)...)
	for _, l := range timing(n, wholly) {
		switch {
		case l.clock:
			parts = append(parts, "within "+l.text)
		case l.rungs > 0 && n.Head.Overdue.Every != "":
			parts = append(parts, "when overdue a rung of the ladder every "+l.text)
		case l.rungs > 0:
			parts = append(parts, "when overdue one rung of the ladder")
		default:
			parts = append(parts, l.text)
		}
	}
	if n.Head.NoDeadline != "" {
		parts = append(parts, "no deadline: "+n.Head.NoDeadline)
	}
	return strings.Join(parts, " — ")
}

// drawHeading draws the title and the lanes.
func (p *picture) drawHeading(c *canvas) {
	c.text(margin, 17, titleText, colourText, ` font-weight="600"`, p.plan.Name)
	c.text(margin+textWidth(p.plan.Name, titleText)*bold+8, 17, smallText, colourSoft, "", "for a "+string(p.plan.For))
	for k, text := range p.head.description {
		c.text(margin, 31+leading*float64(k), smallText, colourSoft, "", text)
	}
	last := len(p.rowY) - 1
	bottom := p.rowY[last] + p.rowH[last] + gapPad
	for k := range p.lanes {
		l := &p.lanes[k]
		c.addf(`<g id="%s">`, escaped("lane:"+l.role))
		c.addf(`<title>%s</title>`, escaped(l.role+" — "+l.note))
		c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, l.x, p.head.top, l.w, bottom-p.head.top, colourLane)
		c.addf(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`, l.x, p.head.top+p.head.height, l.x+l.w, p.head.top+p.head.height, colourGrid)
		y := p.head.top + lineOfName
		for _, text := range p.head.roles[k] {
			c.text(l.x+l.w/2, y, nameText, colourText, ` font-weight="600" text-anchor="middle"`, text)
			y += lineOfName
		}
		for _, text := range p.head.notes[k] {
			c.text(l.x+l.w/2, y-1, smallText, colourSoft, ` text-anchor="middle"`, text)
			y += leading
		}
		c.addf(`</g>`)
	}
}

// drawNet draws the arrows that leave a step.
func (p *picture) drawNet(c *canvas, n *net, colour string) {
	at := func(gap int) float64 { return p.gapY[gap] + track*n.gaps[gap].at }
	var d strings.Builder
	line := func(x1, y1, x2, y2 float64) {
		if x1 != x2 || y1 != y2 {
			fmt.Fprintf(&d, "M%.1f %.1fL%.1f %.1f", x1, y1, x2, y2)
		}
	}
	first := n.from.lastRow
	line(n.from.middle(), n.from.y+n.from.h, n.from.middle(), at(first))
	if n.gutter >= 0 {
		line(p.trunkX(n), at(first), p.trunkX(n), at(n.last))
	}
	for gap := first; gap < p.rows; gap++ {
		if a := n.gaps[gap]; a != nil {
			line(a.left, at(gap), a.right, at(gap))
		}
	}
	for k, to := range n.to {
		if p.carried(n.from, to) == carriedDown {
			line(n.from.middle(), at(first), n.from.middle(), at(to.row-1))
		}
		line(n.ports[k], at(to.row-1), n.ports[k], to.y-4)
	}
	c.addf(`<path d="%s" fill="none" stroke="%s" stroke-width="1.1" stroke-linecap="square"/>`, d.String(), colour)
	for k, to := range n.to {
		c.addf(`<path d="M%.1f %.1fl-3 -6h6z" fill="%s"/>`, n.ports[k], to.y, colour)
	}
}

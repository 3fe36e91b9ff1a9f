package drawing

import (
	"fmt"
	"slices"
)

// drawBox draws a step.
func (p *picture) drawBox(c *canvas, i *item) {
	drawShape(c, i.kind, i.x, i.y, i.w, i.h)
	p.drawLines(c, i)
}

// drawShape draws what tells the kinds of steps apart without colour as well.
func drawShape(c *canvas, k kind, x, y, w, h float64) {
	l := looks[k]
	style := fmt.Sprintf(`fill="%s" stroke="%s"`, l.fill, l.stroke)
	cut := min(6, h/3)
	switch k {
	case kindDecision: // corners cut off
		c.addf(`<path d="M%.1f %.1fh%.1fl%.1f %.1fv%.1fl-%.1f %.1fh-%.1fl-%.1f -%.1fv-%.1fz" %s stroke-width="1.4"/>`, x+cut, y, w-2*cut, cut, cut, h-2*cut, cut, cut, w-2*cut, cut, cut, h-2*cut, style)
	case kindNotice: // one corner folded
		c.addf(`<path d="M%.1f %.1fh%.1fl%d %dv%.1fh-%.1fz" %s/>`, x, y, w-8, 8, 8, h-8, w, style)
		c.addf(`<path d="M%.1f %.1fv8h8" fill="none" stroke="%s"/>`, x+w-8, y, l.stroke)
	case kindWait: // round ends
		c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.1f" %s stroke-dasharray="3 2"/>`, x, y, w, h, min(12, h/2), style)
	case kindApproval: // two borders
		c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" %s/>`, x, y, w, h, style)
		c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="none" stroke="%s" stroke-width="0.6"/>`, x+2.2, y+2.2, w-4.4, h-4.4, l.stroke)
	case kindPlaybook: // bars at both ends
		c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" %s/>`, x, y, w, h, style)
		c.addf(`<path d="M%.1f %.1fv%.1fM%.1f %.1fv%.1f" stroke="%s"/>`, x+3, y, h, x+w-3, y, h, l.stroke)
	case kindSurvey: // very round
		c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="8" %s/>`, x, y, w, h, style)
	case kindPeople, kindRecord: // a thick edge
		c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" %s/>`, x, y, w, h, style)
		c.addf(`<path d="M%.1f %.1fv%.1f" stroke="%s" stroke-width="3"/>`, x+1.5, y, h, l.stroke)
	default:
		c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" %s/>`, x, y, w, h, style)
	}
}

// drawFrame draws the border of a block or of an opened sub-playbook, below the arrows.
func (p *picture) drawFrame(c *canvas, i *item) {
	l := looks[i.kind]
	c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="4" fill="#ffffff" fill-opacity="0.75" stroke="%s" stroke-width="1.2" stroke-dasharray="6 3"/>`, i.x, i.y, i.w, i.h, l.stroke)
	c.addf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="4" fill="%s"/>`, i.x+0.6, i.y+0.6, i.w-1.2, i.head, "#f3ecfa")
}

// drawLabel writes what a frame says.
func (p *picture) drawLabel(c *canvas, i *item) {
	p.drawLines(c, i)
}

// iconWidth is the room at the end of the first line for what is drawn there.
func iconWidth(i *item) float64 {
	switch i.kind {
	case kindNotice:
		return 5
	case kindFrame:
		return 14
	}
	return 0
}

// drawLines writes the name of a step and its lines.
func (p *picture) drawLines(c *canvas, i *item) {
	x, y := i.x+boxPad, i.y+boxPad-1
	right := i.x + i.w - boxPad
	if i.kind == kindFrame {
		drawLoop(c, right-5, y+6, looks[kindFrame].stroke)
		right -= 14
	}
	tags := y + 9.5
	if i.low {
		tags = i.y + i.h - boxPad
	} else {
		right -= iconOf(i)
	}
	for _, n := range slices.Backward(i.regions) {
		c.text(right, tags, smallText, colourStop, ` text-anchor="end"`, fmt.Sprintf("×%d", n))
		right -= regionWidth
	}
	for _, text := range i.name {
		c.text(x, y+10, nameText, colourText, ` font-weight="600"`, text)
		y += lineOfName
	}
	for _, l := range i.lines {
		drawLine(c, x, y, l)
		if l.beside != nil {
			drawLine(c, x+symbolWidth(l)+textWidth(l.text, smallText)+besideGap, y, *l.beside)
		}
		y += leading
	}
}

func drawLine(c *canvas, x, y float64, l line) {
	colour := colourText
	if l.soft {
		colour = colourSoft
	}
	if l.clock {
		drawClock(c, x+4.5, y+5.5)
	}
	if l.rungs > 0 {
		drawStair(c, x, y+9.5, l.rungs)
	}
	c.text(x+symbolWidth(l), y+9, smallText, colour, "", l.text)
}

// iconOf is how far the numbers of cancel regions stand from the right edge.
func iconOf(i *item) float64 {
	if i.kind == kindNotice {
		return 5
	}
	return 0
}

func drawClock(c *canvas, x, y float64) {
	c.addf(`<path d="M%.1f %.1fa4 4 0 1 0 0.01 0zm0 1.3v2.9l2 1.2" fill="none" stroke="#c62828" stroke-width="0.9"/>`, x, y-4)
}

// drawStair draws a step up for each rung.
func drawStair(c *canvas, x, y float64, rungs int) {
	high := min(3.0, 9/float64(rungs))
	d := fmt.Sprintf("M%.1f %.1f", x, y)
	for range rungs {
		d += fmt.Sprintf("v-%.1fh4", high)
	}
	c.addf(`<path d="%s" fill="none" stroke="#b26a00" stroke-width="1.2"/>`, d)
}

// drawLoop draws the turning arrow of a repeated block.
func drawLoop(c *canvas, x, y float64, colour string) {
	c.addf(`<path d="M%.1f %.1fa4.2 4.2 0 1 1 -3 -1.3" fill="none" stroke="%s" stroke-width="1.3"/>`, x+3, y-2.9, colour)
	c.addf(`<path d="M%.1f %.1fl4 2.6l-4.4 2.2z" fill="%s"/>`, x-1.2, y-6.6, colour)
}

const legendRow = 14.0

// legendEntry is one sign and what it means.
type legendEntry struct {
	text string
	draw func(c *canvas, x, y float64)
}

// legend explains the signs of this picture, the kinds of steps it has first.
func (p *picture) legend() []legendEntry {
	var entries []legendEntry
	seen := map[kind]bool{}
	climbs, clocks, cancels := false, false, false
	for _, i := range p.all {
		seen[i.kind] = true
		cancels = cancels || len(i.regions) > 0
		for _, l := range i.lines {
			climbs, clocks = climbs || l.rungs > 0 || l.beside != nil && l.beside.rungs > 0, clocks || l.clock
		}
	}
	for k := range looks {
		if seen[kind(k)] && kind(k) != kindFrame {
			entries = append(entries, legendEntry{looks[k].legend, func(c *canvas, x, y float64) { drawShape(c, kind(k), x, y, 20, 10) }})
		}
	}
	if seen[kindFrame] {
		entries = append(entries, legendEntry{looks[kindFrame].legend, func(c *canvas, x, y float64) { drawLoop(c, x+10, y+5, looks[kindFrame].stroke) }})
	}
	if clocks {
		entries = append(entries, legendEntry{"deadline; work: working time", func(c *canvas, x, y float64) { drawClock(c, x+10, y+5) }})
	}
	if climbs {
		entries = append(entries, legendEntry{"overdue: rungs of the ladder told, how often", func(c *canvas, x, y float64) { drawStair(c, x+2, y+9, 3) }})
	}
	if cancels {
		entries = append(entries, legendEntry{"in a cancel region", func(c *canvas, x, y float64) { c.text(x+4, y+9, smallText, colourStop, "", "×1") }})
	}
	return entries
}

// eachEntry visits the legend with the place of each sign, counted from the top of the legend, and returns its height.
func (p *picture) eachEntry(visit func(e legendEntry, x, y float64)) float64 {
	x, y := margin, 4.0
	for _, e := range p.legend() {
		w := 26 + textWidth(e.text, smallText) + 14
		if x+w > p.width && x > margin {
			x, y = margin, y+legendRow
		}
		visit(e, x, y)
		x += w
	}
	return y + legendRow
}

func (p *picture) legendHeight() float64 {
	return p.eachEntry(func(legendEntry, float64, float64) {}) + leading*float64(p.footLines()) + 4
}

func (p *picture) footLines() (n int) {
	for _, note := range p.foot {
		n += len(note.lines)
	}
	return n
}

func (p *picture) drawLegend(c *canvas) {
	top := p.height - p.legendHeight()
	below := p.eachEntry(func(e legendEntry, x, y float64) {
		e.draw(c, x, top+y)
		c.text(x+25, top+y+9, smallText, colourSoft, "", e.text)
	})
	y := top + below + 9
	for _, note := range p.foot {
		c.addf(`<g>`)
		c.addf(`<title>%s</title>`, escaped(note.whole))
		for _, text := range note.lines {
			c.text(margin, y, smallText, colourSoft, "", text)
			y += leading
		}
		c.addf(`</g>`)
	}
}

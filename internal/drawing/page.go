package drawing

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// picture is a grid with sizes: everything that is drawn, in units.
type picture struct {
	*grid
	spec          *v1alpha1.PlaybookSpec
	nets          []*net
	width, height float64
	// gutters is where the room left of each lane begins.
	gutters []float64
	// rowY and rowH are the rows' tops and heights, gapY the first line below each row, gapN how many lines there are.
	rowY, rowH, gapY []float64
	gapN             []int
	head             heading
	foot             []footnote
}

// footnote is a note below the picture, and what it says in full.
type footnote struct {
	lines []string
	whole string
}

// heading is what stands above the lanes.
type heading struct {
	description []string
	roles       [][]string
	notes       [][]string
	top, height float64 // of the row of roles
}

// sheet is a size of paper, in points, without margins of 6 mm.
type sheet struct {
	name          string
	width, height float64
}

const pointsPerMM = 72 / 25.4

// sheets are A4 and larger ones, upright and lying.
func sheets() [][]sheet {
	var list [][]sheet
	w, h := 210.0, 297.0
	for _, name := range []string{"A4", "A3", "A2", "A1", "A0"} {
		upright := sheet{name + " portrait", (w - 12) * pointsPerMM, (h - 12) * pointsPerMM}
		lying := sheet{name + " landscape", upright.height, upright.width}
		list = append(list, []sheet{upright, lying})
		w, h = h, 2*w
	}
	return list
}

// Print no smaller than this is readable, in points.
const smallestPrint = 6.5

// Picture is a playbook as SVG.
type Picture struct {
	// SVG is the picture. It has no scripts and refers to nothing outside.
	SVG string
	// Sheet is the smallest paper on which it can be read, e.g. "A4 portrait", and Print the size of its smallest text
	// there, in points.
	Sheet string
	Print float64
	// Boxed is whether sub-playbooks are drawn as a box each, because their steps did not fit on the sheet.
	Boxed bool
}

// Draw draws a plan that was compiled from a playbook: on the smallest sheet where it can be read, there with the steps of
// its sub-playbooks if they fit.
func Draw(plan *playbook.Plan, spec *v1alpha1.PlaybookSpec) Picture {
	ways := []way{{whole: true}, {whole: true, urgent: true}}
	if hasSubs(plan) {
		ways = append(ways, way{}, way{urgent: true})
	}
	var last Picture
	for _, size := range sheets() {
		for _, way := range ways {
			p, on, scale := fit(plan, spec, way, size)
			if p == nil {
				continue
			}
			last = Picture{SVG: p.svg(on, scale), Sheet: on.name, Print: scale * smallText, Boxed: !way.whole}
			if last.Print >= smallestPrint {
				return last
			}
		}
	}
	return last
}

func hasSubs(plan *playbook.Plan) bool {
	for i := range plan.Nodes {
		if plan.Nodes[i].Action.Playbook != nil {
			return true
		}
	}
	return false
}

// fit lays the plan out in several widths and takes the one that comes out largest on one of the sheets; nil if its lanes
// are too narrow in all of them.
func fit(plan *playbook.Plan, spec *v1alpha1.PlaybookSpec, way way, size []sheet) (best *picture, on sheet, scale float64) {
	const step = 40
	grid := ordered(plan, spec, way)
	nets := grid.nets()
	for _, s := range size {
		widest := s.width / (smallestPrint / smallText)
		for width := math.Floor(widest); width > s.width*0.8; width -= step {
			p := layOut(grid, nets, spec, width)
			if p == nil {
				break
			}
			if is := min(s.width/p.width, s.height/p.height, 1.1); is > scale+1e-9 {
				best, on, scale = p, s, is
			}
		}
	}
	if best != nil { // the grid is shared: set the sizes of the best once more
		best = layOut(grid, nets, spec, best.width)
	}
	return best, on, scale
}

// Sizes of the page, in units.
const (
	margin     = 2.0
	boxPad     = 4.0
	narrowest  = 82.0 // lane that has boxes
	emptyLane  = 50.0 // one that has none, at least
	lineOfName = 12.0
)

// layOut gives everything its place for a width; nil if the lanes would be too narrow.
func layOut(g *grid, nets []*net, spec *v1alpha1.PlaybookSpec, width float64) *picture {
	p := &picture{grid: g, spec: spec, nets: nets, width: width}
	for _, n := range nets {
		n.gaps = map[int]*across{}
	}
	if !p.setColumns() {
		return nil
	}
	p.setHeading()
	for _, i := range g.all {
		p.setText(i)
	}
	p.setPorts()
	p.gapN = p.setAcross()
	p.setRows()
	p.foot = p.footnotes()
	last := len(p.rowY) - 1
	p.height = p.rowY[last] + p.rowH[last] + p.gapHeight(last) + p.legendHeight()
	return p
}

// setColumns divides the width between the lanes that have boxes; the others are as wide as their names.
func (p *picture) setColumns() bool {
	widths := gutterWidths(len(p.lanes), p.nets)
	left := p.width - 2*margin
	shared := 0.0
	for _, w := range widths {
		left -= w
	}
	for i := range p.lanes {
		l := &p.lanes[i]
		if l.used {
			shared++
			continue
		}
		l.w = emptyWidth(l.role)
		left -= l.w
	}
	each := left / max(1, shared)
	if shared > 0 && each < narrowest {
		return false
	}
	p.gutters = make([]float64, len(widths))
	x := margin
	for i, w := range widths {
		p.gutters[i] = x
		x += w
		if i < len(p.lanes) {
			l := &p.lanes[i]
			if l.used {
				l.w = each
			}
			l.x = x
			x += l.w
		}
	}
	for _, i := range p.all {
		i.x = p.lanes[i.col].x
		i.w = p.lanes[i.lastCol].x + p.lanes[i.lastCol].w - i.x
		if i.framed() {
			pad := framePad(i)
			i.x, i.w = i.x-pad, i.w+2*pad
		}
	}
	return true
}

// emptyWidth is the width of a lane without boxes: its name is broken before capital letters only.
func emptyWidth(role string) float64 {
	longest, start := 0.0, 0
	for i, c := range role + "A" {
		if i > start && unicode.IsUpper(c) {
			longest, start = max(longest, textWidth(role[start:i], nameText)*bold), i
		}
	}
	return max(emptyLane, longest+1)
}

// framePad is how far a frame reaches beyond its lanes: less the deeper it is inside others.
func framePad(i *item) float64 { return max(1, 3.5-1.2*float64(i.depth)) }

func (p *picture) setHeading() {
	p.head.description = wrap(p.spec.Description, smallText, p.width-2*margin, 2)
	p.head.top = 26 + leading*float64(len(p.head.description))
	most := 0
	for i := range p.lanes {
		l := &p.lanes[i]
		name := l.role
		if name == "" {
			name = byItself
		}
		roles, notes := wrap(name, nameText*bold, l.w, 3), wrap(l.note, smallText, l.w, 3)
		if !l.used {
			notes = nil // there is no room; its title says it
		}
		p.head.roles, p.head.notes = append(p.head.roles, roles), append(p.head.notes, notes)
		most = max(most, len(roles)+len(notes))
	}
	p.head.height = 6 + lineOfName*float64(most)
}

// setText breaks what a box says into lines and finds its height.
func (p *picture) setText(i *item) {
	inner := i.w - 2*boxPad
	i.lines = nil
	add := func(text string, soft bool, most int) {
		for _, part := range wrap(text, smallText, inner, most) {
			i.lines = append(i.lines, line{text: part, soft: soft})
		}
	}
	for _, text := range start(i.node, shortly) {
		add(text, true, 3)
	}
	for _, text := range does(i.node, shortly) {
		add(text, false, 3)
	}
	for _, l := range together(timing(i.node, shortly), inner) {
		room := inner - symbolWidth(l)
		for k, part := range wrap(l.text, smallText, room, 3) {
			next := line{text: part, soft: l.soft}
			if k == 0 {
				next.clock, next.rungs, next.beside = l.clock, l.rungs, l.beside
			}
			i.lines = append(i.lines, next)
		}
	}
	regions := regionWidth * float64(len(i.regions))
	i.low = len(i.lines) > 0 && !i.framed() && lineWidth(i.lines[len(i.lines)-1])+regions <= inner
	if i.low {
		regions = 0
	}
	i.name = wrap(i.node.Head.Name, nameText*bold, inner-iconWidth(i)-regions, 3)
	i.h = 2*boxPad - 2 + lineOfName*float64(len(i.name)) + leading*float64(len(i.lines))
}

// symbolWidth is the room that the clock or the stair before a line takes.
func symbolWidth(l line) float64 {
	switch {
	case l.clock:
		return 13
	case l.rungs > 0:
		return 4*float64(l.rungs) + 4
	}
	return 0
}

// together puts what follows a deadline on the line of the deadline if there is room.
func together(lines []line, room float64) []line {
	if n := len(lines); n > 1 && lines[n-2].clock {
		stair := lines[n-1]
		if lineWidth(lines[n-2])+besideGap+lineWidth(stair) <= room {
			lines = lines[:n-1]
			lines[n-2].beside = &stair
		}
	}
	return lines
}

// lineWidth is how wide a line is with all that is on it.
func lineWidth(l line) float64 {
	w := symbolWidth(l) + textWidth(l.text, smallText)
	if l.beside != nil {
		w += besideGap + lineWidth(*l.beside)
	}
	return w
}

const (
	// besideGap is the room between two things on one line, regionWidth that of the number of a cancel region.
	besideGap   = 5.0
	regionWidth = 14.0
)

// setRows gives rows the height of their highest box, and gaps that of their lines.
func (p *picture) setRows() {
	p.rowY, p.rowH, p.gapY = make([]float64, p.rows), make([]float64, p.rows), make([]float64, p.rows)
	for _, i := range p.all {
		p.rowH[i.row] = max(p.rowH[i.row], i.h)
	}
	y := p.head.top + p.head.height + 8
	for row := range p.rows {
		p.rowY[row] = y
		p.gapY[row] = y + p.rowH[row] + gapPad
		y += p.rowH[row] + p.gapHeight(row)
	}
	for _, i := range p.all {
		i.y = p.rowY[i.row]
		if i.framed() { // its heading stands low in its row, near to its steps
			i.y, i.head = i.y+p.rowH[i.row]-i.h, i.h
			i.h = p.rowY[i.lastRow] + p.rowH[i.lastRow] + framePad(i) - i.y
		}
	}
}

func (p *picture) gapHeight(row int) float64 {
	return gapPad + track*float64(max(0, p.gapN[row]-1)) + arrowRoom
}

// footnotes explain the ladder and the cancel regions.
func (p *picture) footnotes() []footnote {
	var notes []footnote
	add := func(text, whole string) {
		notes = append(notes, footnote{wrap(text, smallText, p.width-2*margin, 3), whole})
	}
	if len(p.spec.Ladder) > 1 {
		ladder := "Ladder: " + strings.ReplaceAll(names(p.spec.Ladder), ", ", " → ")
		add(ladder, ladder)
	}
	for n, region := range p.plan.Regions {
		shown := false
		for _, at := range region.Nodes {
			shown = shown || p.byNode[at] != nil
		}
		if shown {
			when, text := v1alpha1.Expression(region.When.Source()), fmt.Sprintf("×%d %s: stopped once ", n+1, region.Name)
			add(text+shortly(when), text+wholly(when))
		}
	}
	return notes
}

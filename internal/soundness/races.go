package soundness

import (
	"slices"
)

// races says what must not be tried in one order only. Actors are what can move: the steps, then the cancel regions, which
// may stop something because facts change, then the incident and the remedy. In the sets of steps a mark follows for each
// actor, which stands for what only its own moves do.
type races struct {
	*lean
	actors, incident, remedy int
	// ends, begins and forced are what an actor's move can bring about in its turn, as cascade has it.
	ends, begins, forced []set
	// reach is what can come to begin or end in the end because of an actor.
	reach []set
	// moving are the actors to which something can happen by itself; other steps end with others only.
	moving set
	races  []race
}

// race is between those that ask something, as they begin or end one of some steps, and those that tell something else than
// before, as they end one.
type race struct {
	asked, told set
	// atEnds is whether those who only begin one of the steps do not ask.
	atEnds bool
	// condition is the one that asks, while it can still change something; -1: what asks is always there.
	condition int
}

func (l *lean) newRaces() *races {
	n := len(l.Nodes) + len(l.Regions)
	r := &races{lean: l, incident: n, remedy: n + 1, actors: n + 2}
	lookers := l.newLookers()
	r.moving = r.none()
	for a := range r.actors {
		c := l.newCascade(r.room(), lookers)
		r.follow(c, a)
		for _, s := range []set{c.ends, c.begins, c.forced} {
			s.add(a)
			s.add(r.mark(a))
		}
		r.ends, r.begins, r.forced = append(r.ends, c.ends), append(r.begins, c.begins), append(r.forced, c.forced)
		if r.moves(a) {
			r.moving.add(a)
		}
	}
	r.findReach()
	for k := range l.exprs {
		r.raceForAnswer(k)
	}
	r.raceForIncident()
	r.raceForDeadlines()
	r.raceForRemedy()
	r.raceForTakeOver()
	return r
}

func (r *races) room() int { return 2 * r.actors }

func (r *races) none() set { return newSet(r.room()) }

// mark is where the mark of an actor is.
func (r *races) mark(a int) int { return r.actors + a }

// follow follows what an actor's move begins with.
func (r *races) follow(c *cascade, a int) {
	switch {
	case a < len(r.Nodes):
		c.done(a)
		for _, k := range r.Nodes[a].Children { // its deadline stops them
			c.stopped(k)
		}
		if r.writesLate(a) {
			r.voids(c)
		}
	case a < r.incident:
		for _, i := range r.Regions[a-len(r.Nodes)].Nodes {
			c.stopped(i)
		}
	case a == r.incident:
		for k := range r.exprs {
			if r.seesIncident && r.exprs[k].incident() {
				c.answers(&r.exprs[k])
			}
		}
	default:
		r.voids(c)
	}
}

// voids follows that approvals become void.
func (r *races) voids(c *cascade) {
	for i := range r.voidable().each() {
		c.resets(i)
	}
}

// moves is whether something can happen to an actor itself.
func (r *races) moves(a int) bool {
	if a >= len(r.Nodes) {
		return true
	}
	n := &r.Nodes[a]
	if n.Head.Within != nil || slices.ContainsFunc(r.exprs, func(c condition) bool { return c.node == a && c.varies() }) {
		return true
	}
	block := n.Repeat != nil || n.Action.Playbook != nil
	return !block && n.Head.Every == nil && n.WaitUntil == nil
}

func (r *races) findReach() {
	for a := range r.begins {
		r.reach = append(r.reach, slices.Clone(r.begins[a]))
	}
	for grown := true; grown; {
		grown = false
		for a := len(r.reach) - 1; a >= 0; a-- { // what follows stands behind, mostly
			for b := range r.reach[a].each() {
				if b < r.actors {
					grown = r.reach[a].addAll(r.reach[b]) || grown
				}
			}
		}
	}
}

// raceForAnswer is about who has a condition asked, and who changes what it looks at.
func (r *races) raceForAnswer(k int) {
	c := &r.exprs[k]
	if c.onlyEnds {
		return
	}
	asked, told := r.none(), r.none()
	for _, i := range c.unsettled {
		told.add(i)
	}
	if r.seesIncident && c.incident() {
		told.add(r.incident)
		told.addAll(r.raises())
	}
	if c.region < 0 {
		asked.add(c.node)
	} else {
		for _, i := range r.Regions[c.region].Nodes {
			asked.add(i)
		}
		if c.looksAtChange() {
			told.add(len(r.Nodes) + c.region)
		}
	}
	if told.len() > 0 {
		r.races = append(r.races, race{asked: asked, told: told, condition: k})
	}
}

// raises are the steps that raise an incident that something looks at.
func (r *races) raises() set {
	out := r.none()
	for i := range r.Nodes {
		if r.keepsIncident() && r.Nodes[i].Action.RaiseIncident != nil {
			out.add(i)
		}
	}
	return out
}

// raceForIncident is about who raises an incident, and everybody else who changes it.
func (r *races) raceForIncident() {
	if asked := r.raises(); asked.len() > 0 {
		told := r.raises()
		told.add(r.incident)
		r.races = append(r.races, race{asked: asked, told: told, condition: -1})
	}
}

// raceForDeadlines is about the deadline of a block, which stops what is inside.
func (r *races) raceForDeadlines() {
	for i := range r.Nodes {
		if r.Nodes[i].Head.Within == nil || len(r.Nodes[i].Children) == 0 {
			continue
		}
		asked, told := r.none(), r.none()
		for k := range r.Nodes {
			if r.isInside(k, i) {
				asked.add(k)
			}
		}
		told.add(r.mark(i))
		r.races = append(r.races, race{asked: asked, told: told, condition: -1})
	}
}

// raceForRemedy is about what makes approvals void, and what comes of them.
func (r *races) raceForRemedy() {
	asked, told := r.none(), r.none()
	asked.addAll(r.voidable())
	told.add(r.remedy)
	for i := range r.Nodes {
		action := &r.Nodes[i].Action
		if r.writesLate(i) {
			told.add(r.mark(i))
		}
		if action.Approval != nil && action.Approval.Of != "" || action.Task != nil && action.Task.Writes != "" {
			asked.add(r.mark(i))
		}
	}
	r.races = append(r.races, race{asked: asked, told: told, atEnds: true, condition: -1})
}

// raceForTakeOver is about the order in which what another playbook may keep is done, and the incident goes on if that looks at it: it
// may take over at any time between, until the last step has ended.
func (r *races) raceForTakeOver() {
	if !slices.Contains(r.handed, true) {
		return
	}
	between := r.none()
	for _, i := range r.Roots {
		more := slices.ContainsFunc(r.Nodes[i].NeededBy, func(k int) bool { return r.keepsOpen(k) && !r.carried[k] })
		if r.handed[i] || !more {
			between.add(i)
		}
	}
	if r.handsIncident {
		between.addAll(r.raises())
		between.add(r.incident)
	}
	r.races = append(r.races, race{asked: between, told: between, condition: -1})
}

// settle finds out which of the steps that conditions look at are not settled when they are asked.
func (l *lean) settle() {
	void := l.voided()
	for k := range l.exprs {
		c := &l.exprs[k]
		if c.onlyEnds = l.onlyEnds(c, void); c.onlyEnds {
			continue
		}
		settled := map[int]bool{}
		if c.node >= 0 {
			l.endedBefore(c.node, settled)
			if l.Nodes[c.node].Repeat != nil && l.Nodes[c.node].Until == c.expr {
				l.inside(c.node, settled)
			}
		}
		for _, i := range c.steps {
			if !settled[i] {
				c.unsettled = append(c.unsettled, i)
			}
		}
	}
}

// voided are the steps that begin anew when an approval is void, for each approval.
func (l *lean) voided() []set {
	var out []set
	for i := range l.Nodes {
		ap := l.Nodes[i].Action.Approval
		if ap == nil || ap.Of == "" || len(l.Nodes[i].NeededBy) == 0 {
			continue
		}
		after := newSet(len(l.Nodes))
		var mark func(i int)
		mark = func(i int) {
			if after.has(i) {
				return
			}
			after.add(i)
			for _, k := range slices.Concat(l.Nodes[i].NeededBy, l.Nodes[i].Children) {
				mark(k)
			}
		}
		mark(i)
		out = append(out, after)
	}
	return out
}

// voidable are the steps that begin anew when some approval is void.
func (l *lean) voidable() set {
	out := newSet(len(l.Nodes))
	for _, after := range l.voided() {
		out.addAll(after)
	}
	return out
}

// writesLate is whether a task writes what an approval approves that may have been given before.
func (l *lean) writesLate(i int) bool {
	task := l.Nodes[i].Action.Task
	if task == nil || task.Writes == "" {
		return false
	}
	return slices.ContainsFunc(indexes(l.Nodes), func(k int) bool {
		ap := l.Nodes[k].Action.Approval
		before := map[int]bool{}
		l.endedBefore(k, before)
		return ap != nil && ap.Of == task.Writes && (!before[i] || l.carried[k])
	})
}

func indexes[T any](list []T) []int {
	out := make([]int, len(list))
	for i := range list {
		out[i] = i
	}
	return out
}

// onceOnly marks the steps that never begin anew once they have ended: no block repeats them, no approval before them can
// be void.
func (l *lean) onceOnly() []bool {
	after := l.voidable()
	out := make([]bool, len(l.Nodes))
	for i := range l.Nodes {
		out[i] = !after.has(i)
		for p := l.Nodes[i].Parent; p >= 0; p = l.Nodes[p].Parent {
			out[i] = out[i] && l.Nodes[p].Repeat == nil && !after.has(p)
		}
	}
	return out
}

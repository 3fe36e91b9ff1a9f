package triage

import (
	"sync"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// MaxNeighbours bounds what Neighbours returns. The complaints nearest in time come first.
const MaxNeighbours = 256

// Index counts complaints that share fields. The zero value is empty and ready; it is safe for concurrent use.
//
// For each set of fields that was ever asked about, the complaints stand in groups of equal values, each group ordered
// by time. A question then takes logarithmic time, however many complaints there are; only the first question about a
// set of fields looks at every complaint of the namespace, once.
type Index struct {
	mu         sync.Mutex
	complaints map[string]*complaint // by UID
	spaces     map[string]*space     // by namespace
}

// space is a namespace.
type space struct {
	complaints map[string]*complaint
	views      map[looked]*view
}

// complaint is one in the index.
type complaint struct {
	uid, namespace string
	fields         Fields
	// places are where it stands, for each view.
	places []place
}

// place is where a complaint stands in a view, and what was counted for it there last.
type place struct {
	// group is those it shares the fields with; nil: it lacks one of them and stands alone.
	group *group
	// count is the figure, good as long as the group has that version and the same is asked.
	count   int64
	version uint64
	of      v1alpha1.Counted
	window  v1alpha1.Duration
}

func (c *complaint) mark() mark { return mark{c.fields.ReceivedAt.Unix(), c.uid} }

// view is the complaints of a namespace, grouped by one set of fields; those that carry a signal are counted.
type view struct {
	looked
	// n is its place in complaint.places.
	n      int
	groups map[string]*group
}

// looked is what a view looks at.
type looked struct {
	by     fieldSet
	signal v1alpha1.Identifier
}

// Upsert puts a complaint into the index or brings its fields up to date. It says whether anything changed. When
// fields change, the neighbours before and after are both affected.
func (x *Index) Upsert(uid, namespace string, f Fields) (changed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f.ReceivedAt = f.ReceivedAt.Truncate(time.Second).UTC()
	if c := x.complaints[uid]; c != nil {
		if c.namespace == namespace && c.fields == f {
			return false
		}
		x.remove(uid)
	}
	if x.complaints == nil {
		x.complaints, x.spaces = map[string]*complaint{}, map[string]*space{}
	}
	s := x.spaces[namespace]
	if s == nil {
		s = &space{complaints: map[string]*complaint{}, views: map[looked]*view{}}
		x.spaces[namespace] = s
	}
	c := &complaint{uid: uid, namespace: namespace, fields: f, places: make([]place, len(s.views))}
	x.complaints[uid], s.complaints[uid] = c, c
	for _, v := range s.views {
		v.add(c)
	}
	return true
}

// Remove takes a complaint out; one that is not there is no mistake.
func (x *Index) Remove(uid string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(uid)
}

func (x *Index) remove(uid string) {
	c := x.complaints[uid]
	if c == nil {
		return
	}
	s := x.spaces[c.namespace]
	for _, v := range s.views {
		v.remove(c)
	}
	delete(x.complaints, uid)
	delete(s.complaints, uid)
	if len(s.complaints) == 0 {
		delete(x.spaces, c.namespace)
	}
}

// Counts appends the figures that a policy asks for, seen from a complaint: how many complaints (or different complainants) with
// the same fields were received in (receivedAt-window, receivedAt], itself included; where it names a signal, those that
// carry it. A complaint that lacks one of the fields stands alone. One that is not in the index: 0.
func (x *Index) Counts(namespace, uid string, p *Policy, figures []int64) []int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.complaints[uid]
	if c != nil && c.namespace != namespace {
		c = nil
	}
	for _, spec := range p.counts {
		n := int64(0)
		if c != nil {
			n = c.count(x.spaces[namespace].view(setOf(spec.By), spec.Signal), spec)
		}
		figures = append(figures, n)
	}
	return figures
}

// count is one figure. A complaint is asked about many times while it is open, and its group hardly ever changes meanwhile.
func (c *complaint) count(v *view, spec v1alpha1.Count) int64 {
	p := &c.places[v.n]
	switch {
	case p.group == nil && c.fields.carries(spec.Signal):
		return 1
	case p.group == nil:
		return 0
	}
	if p.version != p.group.version || p.window != spec.Window || p.of != spec.Of {
		p.version, p.window, p.of = p.group.version, spec.Window, spec.Of
		p.count = p.group.count(c.fields.ReceivedAt.Unix(), seconds(spec.Window), spec.Of)
	}
	return p.count
}

// Neighbours lists the complaints received at the same moment or later whose count this complaint changes by being
// there, the nearest first, at most MaxNeighbours.
func (x *Index) Neighbours(namespace, uid string, spec v1alpha1.Count) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.complaints[uid]
	if c == nil || c.namespace != namespace || !c.fields.carries(spec.Signal) {
		return nil
	}
	by := setOf(spec.By)
	g := c.places[x.spaces[namespace].view(by, spec.Signal).n].group
	if g == nil {
		return nil
	}
	m := c.mark()
	from, to := m.at, m.at+seconds(spec.Window)
	if spec.Of == v1alpha1.CountedComplainants {
		from, to = g.reach(m, c.fields.Complainant, seconds(spec.Window))
	}
	// Whose count changes need not carry the signal.
	everybody := c.places[x.spaces[namespace].view(by, "").n].group
	var found []string
	everybody.marks.from(from, func(n mark) bool {
		if n.at >= to || len(found) == MaxNeighbours {
			return false
		}
		if n.uid != uid {
			found = append(found, n.uid)
		}
		return true
	})
	return found
}

func (s *space) view(by fieldSet, signal v1alpha1.Identifier) *view {
	key := looked{by, signal}
	v := s.views[key]
	if v == nil {
		v = &view{looked: key, n: len(s.views), groups: map[string]*group{}}
		for _, c := range s.complaints {
			c.places = append(c.places, place{})
			v.add(c)
		}
		s.views[key] = v
	}
	return v
}

func (v *view) add(c *complaint) {
	key, ok := c.fields.shared(v.by)
	if !ok {
		return
	}
	g := v.groups[key]
	if g == nil {
		g = &group{}
		v.groups[key] = g
	}
	g.sharing++
	if c.places[v.n].group = g; c.fields.carries(v.signal) {
		g.add(c.mark(), c.fields.Complainant)
	}
}

func (v *view) remove(c *complaint) {
	g := c.places[v.n].group
	if g == nil {
		return
	}
	if c.fields.carries(v.signal) {
		g.remove(c.mark(), c.fields.Complainant)
	}
	if g.sharing--; g.sharing == 0 {
		key, _ := c.fields.shared(v.by)
		delete(v.groups, key)
	}
}

func seconds(d v1alpha1.Duration) int64 { return int64(calendar.Elapsed(d) / time.Second) }

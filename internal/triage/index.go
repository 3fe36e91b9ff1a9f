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
	mu     sync.Mutex
	homes  map[string]string // complaint → namespace
	spaces map[string]*space
}

// space is a namespace.
type space struct {
	complaints map[string]Fields
	views      map[string]*view
}

// view is the complaints of a namespace that carry a signal, grouped by one set of fields.
type view struct {
	by     []v1alpha1.CountField
	signal v1alpha1.Identifier
	groups map[string]*group
}

// Upsert puts a complaint into the index or brings its fields up to date. It says whether anything changed. When
// fields change, the neighbours before and after are both affected.
func (x *Index) Upsert(uid, namespace string, f Fields) (changed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f.ReceivedAt = f.ReceivedAt.Truncate(time.Second).UTC()
	if home, known := x.homes[uid]; known {
		if home == namespace && x.spaces[home].complaints[uid] == f {
			return false
		}
		x.remove(uid)
	}
	if x.homes == nil {
		x.homes, x.spaces = map[string]string{}, map[string]*space{}
	}
	s := x.spaces[namespace]
	if s == nil {
		s = &space{complaints: map[string]Fields{}, views: map[string]*view{}}
		x.spaces[namespace] = s
	}
	x.homes[uid] = namespace
	s.complaints[uid] = f
	for _, v := range s.views {
		v.add(uid, f)
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
	namespace, known := x.homes[uid]
	if !known {
		return
	}
	s := x.spaces[namespace]
	for _, v := range s.views {
		v.remove(uid, s.complaints[uid])
	}
	delete(x.homes, uid)
	delete(s.complaints, uid)
	if len(s.complaints) == 0 {
		delete(x.spaces, namespace)
	}
}

// Count is the figure that spec asks for, seen from a complaint: how many complaints (or different complainants) with
// the same fields were received in (receivedAt-window, receivedAt], itself included; where spec names a signal, those that
// carry it. A complaint that lacks one of the fields stands alone. One that is not in the index: 0.
func (x *Index) Count(namespace, uid string, spec v1alpha1.Count) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	g, m, f, state := x.find(namespace, uid, spec)
	switch {
	case state == alone && f.carries(spec.Signal):
		return 1
	case state != grouped || g == nil:
		return 0
	}
	window := seconds(spec.Window)
	if spec.Of == v1alpha1.CountedComplainants {
		return int64(g.complainants(m.at, window))
	}
	return int64(g.complaints(m.at, window))
}

// Neighbours lists the complaints received at the same moment or later whose count this complaint changes by being
// there, the nearest first, at most MaxNeighbours.
func (x *Index) Neighbours(namespace, uid string, spec v1alpha1.Count) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	g, m, f, state := x.find(namespace, uid, spec)
	if state != grouped || !f.carries(spec.Signal) {
		return nil
	}
	from, to := m.at, m.at+seconds(spec.Window)
	if spec.Of == v1alpha1.CountedComplainants {
		from, to = g.reach(m, f.Complainant, seconds(spec.Window))
	}
	// Whose count changes need not carry the signal.
	everybody := x.spaces[namespace].view(spec.By, "")
	key, _ := f.shared(everybody.by)
	var found []string
	everybody.groups[key].marks.from(from, func(n mark) bool {
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

// standing is where a complaint stands in a view.
type standing int

const (
	unknown standing = iota // not in the index
	alone                   // it lacks a field
	grouped
)

// find is the complaints that can count for one, nil when none carries the signal, and where it stands among them.
func (x *Index) find(namespace, uid string, spec v1alpha1.Count) (*group, mark, Fields, standing) {
	s := x.spaces[namespace]
	if s == nil {
		return nil, mark{}, Fields{}, unknown
	}
	f, known := s.complaints[uid]
	if !known {
		return nil, mark{}, Fields{}, unknown
	}
	v := s.view(spec.By, spec.Signal)
	key, ok := f.shared(v.by)
	if !ok {
		return nil, mark{}, f, alone
	}
	return v.groups[key], mark{f.ReceivedAt.Unix(), uid}, f, grouped
}

func (s *space) view(by []v1alpha1.CountField, signal v1alpha1.Identifier) *view {
	key := string(signal)
	for _, field := range by {
		key += " " + string(field)
	}
	v := s.views[key]
	if v == nil {
		by = inOrder(by)
		v = &view{by: by, signal: signal, groups: map[string]*group{}}
		for uid, f := range s.complaints {
			v.add(uid, f)
		}
		s.views[key] = v
	}
	return v
}

func (v *view) add(uid string, f Fields) {
	key, ok := f.shared(v.by)
	if !ok || !f.carries(v.signal) {
		return
	}
	g := v.groups[key]
	if g == nil {
		g = &group{}
		v.groups[key] = g
	}
	g.add(mark{f.ReceivedAt.Unix(), uid}, f.Complainant)
}

func (v *view) remove(uid string, f Fields) {
	key, ok := f.shared(v.by)
	if !ok || !f.carries(v.signal) {
		return
	}
	g := v.groups[key]
	g.remove(mark{f.ReceivedAt.Unix(), uid}, f.Complainant)
	if g.marks.size() == 0 {
		delete(v.groups, key)
	}
}

func seconds(d v1alpha1.Duration) int64 { return int64(calendar.Elapsed(d) / time.Second) }

package triage

import "strings"

// mark is a moment that belongs to a complaint. Marks are ordered by time, then by complaint.
type mark struct {
	at  int64 // seconds since 1970
	uid string
}

func (m mark) compare(o mark) int {
	switch {
	case m.at < o.at:
		return -1
	case m.at > o.at:
		return 1
	}
	return strings.Compare(m.uid, o.uid)
}

// tree is a set of marks that knows how many of them lie before a moment. It is a weight-balanced tree: every
// operation takes logarithmic time in the worst case, without chance.
type tree struct{ root *node }

type node struct {
	mark        mark
	left, right *node
	size        int
}

// weight and turn are the proven pair of bounds for such trees: a side may be three times as heavy as the other; a
// double turn is needed when the inner grandchild is at least twice as heavy as the outer one.
const (
	weight = 3
	turn   = 2
)

func (t *tree) add(m mark)    { t.root = t.root.add(m) }
func (t *tree) remove(m mark) { t.root = t.root.remove(m) }
func (t *tree) size() int     { return t.root.count() }

// upTo is how many marks are at that moment or earlier.
func (t *tree) upTo(at int64) int {
	found := 0
	for n := t.root; n != nil; {
		if n.mark.at <= at {
			found += n.left.count() + 1
			n = n.right
		} else {
			n = n.left
		}
	}
	return found
}

// before is the last mark smaller than m.
func (t *tree) before(m mark) (found mark, ok bool) {
	for n := t.root; n != nil; {
		if n.mark.compare(m) < 0 {
			found, ok = n.mark, true
			n = n.right
		} else {
			n = n.left
		}
	}
	return found, ok
}

// after is the first mark greater than m.
func (t *tree) after(m mark) (found mark, ok bool) {
	for n := t.root; n != nil; {
		if n.mark.compare(m) > 0 {
			found, ok = n.mark, true
			n = n.left
		} else {
			n = n.right
		}
	}
	return found, ok
}

// from calls visit with every mark at that moment or later, in order, until it returns false.
func (t *tree) from(at int64, visit func(mark) bool) { t.root.from(at, visit) }

func (n *node) from(at int64, visit func(mark) bool) bool {
	if n == nil {
		return true
	}
	if n.mark.at < at {
		return n.right.from(at, visit)
	}
	return n.left.from(at, visit) && visit(n.mark) && n.right.from(at, visit)
}

func (n *node) count() int {
	if n == nil {
		return 0
	}
	return n.size
}

func (n *node) add(m mark) *node {
	if n == nil {
		return &node{mark: m, size: 1}
	}
	switch c := m.compare(n.mark); {
	case c < 0:
		n.left = n.left.add(m)
	case c > 0:
		n.right = n.right.add(m)
	default:
		return n
	}
	return n.balance()
}

func (n *node) remove(m mark) *node {
	if n == nil {
		return nil
	}
	switch c := m.compare(n.mark); {
	case c < 0:
		n.left = n.left.remove(m)
	case c > 0:
		n.right = n.right.remove(m)
	case n.left == nil:
		return n.right
	case n.right == nil:
		return n.left
	default:
		first := n.right
		for first.left != nil {
			first = first.left
		}
		n.mark = first.mark
		n.right = n.right.remove(first.mark)
	}
	return n.balance()
}

// balance restores the bounds after one mark came or went on one side, and the size.
func (n *node) balance() *node {
	l, r := n.left.count()+1, n.right.count()+1
	switch {
	case r > weight*l:
		if n.right.left.count()+1 >= turn*(n.right.right.count()+1) {
			n.right = n.right.turnRight()
		}
		return n.turnLeft()
	case l > weight*r:
		if n.left.right.count()+1 >= turn*(n.left.left.count()+1) {
			n.left = n.left.turnLeft()
		}
		return n.turnRight()
	}
	n.size = l + r - 1
	return n
}

func (n *node) turnLeft() *node {
	top := n.right
	n.right, top.left = top.left, n
	n.size = n.left.count() + n.right.count() + 1
	top.size = n.size + top.right.count() + 1
	return top
}

func (n *node) turnRight() *node {
	top := n.left
	n.left, top.right = top.right, n
	n.size = n.left.count() + n.right.count() + 1
	top.size = n.size + top.left.count() + 1
	return top
}

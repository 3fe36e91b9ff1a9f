package difference

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
)

// complaint is what grading looks at: the complaint itself, what is around it, and how long it is open.
type complaint struct {
	playbook.ComplaintFacts
	incident bool
	open     time.Duration
	counts   map[string]int64 // by key
}

// fact is something about a complaint that rules ask for, with the values that can make a difference. The first is what is
// so where nothing is known.
type fact struct {
	key    string
	values []value
	// counted is the count it is of; nil: none.
	counted *v1alpha1.Count
}

// value is one value of a fact.
type value struct {
	number int64 // of a number
	set    func(*complaint)
	// says is the value in words, for a fact that is no number.
	says string
}

// factsOf gathers what the rules of a policy ask for.
type factsOf struct {
	facts []*fact
	// unread are the conditions that ask in a way whose values are not known.
	unread bool
}

func (f *factsOf) get(key string) *fact {
	for _, x := range f.facts {
		if x.key == key {
			return x
		}
	}
	x := &fact{key: key}
	f.facts = append(f.facts, x)
	return x
}

// countKey tells counts apart by what they count, whatever they are called.
func countKey(c *v1alpha1.Count) string {
	return fmt.Sprintf("count/%d/%s/%v/%s", calendar.Elapsed(c.Window), cmp.Or(c.Of, v1alpha1.CountedComplaints), sortedFields(c.By), c.Signal)
}

// rule adds what one rule asks for.
func (f *factsOf) rule(r *v1alpha1.GradingRule, counts []v1alpha1.Count) {
	if r.OpenFor != "" {
		x := f.get("open")
		x.base(value{set: func(*complaint) {}})
		x.number(int64(calendar.Elapsed(r.OpenFor)/time.Second), func(c *complaint, n int64) { c.open = time.Duration(n) * time.Second })
	}
	if r.When == "" {
		return
	}
	if tree := parsed(r.When); tree != nil {
		f.walk(tree.Expr(), counts)
	}
}

var joins = []string{operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.NotStrictlyFalse}

// walk goes down to the comparisons: what is asked for in one is tried with the values it is held against.
func (f *factsOf) walk(e ast.Expr, counts []v1alpha1.Count) {
	if e.Kind() == ast.CallKind && slices.Contains(joins, e.AsCall().FunctionName()) {
		for _, arg := range e.AsCall().Args() {
			f.walk(arg, counts)
		}
		return
	}
	c := comparison{}
	ast.PreOrderVisit(e, ast.NewExprVisitor(c.visit))
	for _, field := range c.fields {
		f.field(field, &c, counts)
	}
}

// comparison is what a comparison speaks of.
type comparison struct {
	fields  []string // complaint.category, counts.households, incident.exists
	texts   []string
	numbers []int64
}

func (c *comparison) visit(e ast.Expr) {
	switch e.Kind() {
	case ast.SelectKind:
		path := e.AsSelect().FieldName()
		of := e.AsSelect().Operand()
		for of.Kind() == ast.SelectKind {
			path, of = of.AsSelect().FieldName()+"."+path, of.AsSelect().Operand()
		}
		if of.Kind() == ast.IdentKind && path != "remedy" {
			c.fields = append(c.fields, of.AsIdent()+"."+path)
		}
	case ast.LiteralKind:
		switch v := e.AsLiteral().(type) {
		case types.String:
			c.texts = append(c.texts, string(v))
		case types.Int:
			c.numbers = append(c.numbers, int64(v))
		}
	}
}

var numbers = map[string]func(*complaint, int64){
	"complaint.affected":           func(c *complaint, n int64) { c.Affected = n },
	"complaint.reopened":           func(c *complaint, n int64) { c.Reopened = n },
	"complaint.remedy.amountCents": func(c *complaint, n int64) { c.Remedy.AmountCents = n },
}

var textFields = map[string]func(*complaint, string){
	"complaint.channel": func(c *complaint, s string) { c.Channel = s }, "complaint.category": func(c *complaint, s string) { c.Category = s },
	"complaint.product": func(c *complaint, s string) { c.Product = s }, "complaint.place": func(c *complaint, s string) { c.Place = s },
	"complaint.order": func(c *complaint, s string) { c.Order = s }, "complaint.class": func(c *complaint, s string) { c.Class = s },
	"complaint.remedy.currency": func(c *complaint, s string) { c.Remedy.Currency = s },
}

var lists = map[string]func(*complaint, string){
	"complaint.signals":      func(c *complaint, s string) { c.Signals = append(slices.Clone(c.Signals), s) },
	"complaint.expectation":  func(c *complaint, s string) { c.Expectation = append(slices.Clone(c.Expectation), s) },
	"complaint.remedy.kinds": func(c *complaint, s string) { c.Remedy.Kinds = append(slices.Clone(c.Remedy.Kinds), s) },
}

// field adds the values of a field that a comparison tells apart.
func (f *factsOf) field(field string, c *comparison, counts []v1alpha1.Count) {
	nothing := value{set: func(*complaint) {}}
	name, isCount := strings.CutPrefix(field, "counts.")
	switch {
	case field == "incident.exists":
		x := f.get(field)
		x.base(nothing)
		x.text("an open crisis", func(c *complaint) { c.incident = true })
	case isCount:
		i := slices.IndexFunc(counts, func(c v1alpha1.Count) bool { return c.Name == name })
		if i < 0 {
			return
		}
		x := f.get(countKey(&counts[i]))
		x.counted = &counts[i]
		set := func(c *complaint, n int64) { c.counts[x.key] = n }
		x.base(value{number: 1, set: func(c *complaint) { set(c, 1) }})
		f.around(x, c.numbers, 1, set)
	case numbers[field] != nil:
		x := f.get(field)
		least := int64(0)
		if field == "complaint.affected" {
			least = 1
		}
		x.base(value{number: least, set: func(c *complaint) { numbers[field](c, least) }})
		f.around(x, c.numbers, least, numbers[field])
	case textFields[field] != nil:
		x := f.get(field)
		x.base(nothing)
		f.unread = f.unread || len(c.texts) == 0
		for _, text := range c.texts {
			x.text(text, func(c *complaint) { textFields[field](c, text) })
		}
	case lists[field] != nil:
		f.unread = f.unread || len(c.texts) == 0
		for _, text := range c.texts {
			x := f.get(field + "/" + text)
			x.base(nothing)
			x.text(text, func(c *complaint) { lists[field](c, text) })
		}
	}
}

// around adds the numbers that are held against a fact and those beside them.
func (f *factsOf) around(x *fact, numbers []int64, least int64, set func(*complaint, int64)) {
	f.unread = f.unread || len(numbers) == 0
	for _, n := range numbers {
		for _, near := range []int64{n - 1, n, n + 1} {
			if near >= least {
				x.number(near, set)
			}
		}
	}
}

// base is the value that is so where nothing is known.
func (x *fact) base(v value) {
	if len(x.values) == 0 {
		x.values = []value{v}
	}
}

func (x *fact) number(n int64, set func(*complaint, int64)) {
	if slices.ContainsFunc(x.values, func(v value) bool { return v.number == n }) {
		return
	}
	x.values = append(x.values, value{number: n, set: func(c *complaint) { set(c, n) }})
	slices.SortFunc(x.values[1:], func(a, b value) int { return cmp.Compare(a.number, b.number) })
}

func (x *fact) text(says string, set func(*complaint)) {
	if !slices.ContainsFunc(x.values, func(v value) bool { return v.says == says }) {
		x.values = append(x.values, value{says: says, set: set})
	}
}

// isNumber is whether a fact is a number.
func (x *fact) isNumber() bool { return x.key == "open" || x.counted != nil || numbers[x.key] != nil }

// place is where a fact stands in a sentence.
func (x *fact) place() int {
	switch {
	case strings.HasPrefix(x.key, "complaint.signals/"):
		return 2
	case strings.Contains(x.key, "/"): // other lists, and counts
		return 3
	case x.key == "open" || x.key == "complaint.reopened":
		return 4
	case x.key == "incident.exists":
		return 5
	case x.key == "complaint.affected":
		return 6
	case x.key == "complaint.channel":
		return 1
	}
	return 0
}

// words say that a fact has some of its values, by index.
func (x *fact) words(of []int) string {
	if !x.isNumber() {
		texts := make([]string, len(of))
		for i, v := range of {
			texts[i] = x.values[v].says
		}
		return x.textWords(texts)
	}
	if x.key == "open" {
		return "open for " + times(x, of)
	}
	amount := ranges(x, of)
	switch x.key {
	case "complaint.affected":
		return "that affect " + amount + " people"
	case "complaint.reopened":
		return "reopened " + amount + " times"
	case "complaint.remedy.amountCents":
		return "with a remedy of " + amount + " cents"
	}
	what, same := "complaints", ""
	if x.counted.Of == v1alpha1.CountedComplainants {
		what = "complainants"
	}
	if x.counted.Signal != "" {
		what += " and the signal " + string(x.counted.Signal)
	}
	if len(x.counted.By) > 0 {
		same = " (same " + and(sortedFields(x.counted.By)) + ")"
	}
	return "with " + amount + " " + what + " in " + duration(x.counted.Window) + same
}

func (x *fact) textWords(texts []string) string {
	either := strings.Join(texts, " or ")
	field, word, isList := strings.Cut(x.key, "/")
	switch {
	case x.key == "incident.exists":
		return "whose matter is an open crisis"
	case isList && field == "complaint.signals":
		return "with the signal " + word
	case isList:
		return "with " + word + " in " + strings.TrimPrefix(field, "complaint.")
	case x.key == "complaint.channel":
		return "through the channel " + either
	}
	return "of the " + plain(strings.ReplaceAll(strings.TrimPrefix(x.key, "complaint."), ".", " ")) + " " + either
}

// stretch is some values of a fact, one after the other: from one on, up to another and not with it. Without end: open is true.
type stretch struct {
	from, to int64
	open     bool
}

// stretches are the values that some of those tried stand for: each up to the next one tried.
func stretches(x *fact, of []int) []stretch {
	slices.Sort(of)
	var out []stretch
	for k, i := range of {
		s := stretch{from: x.values[i].number, open: i+1 == len(x.values)}
		if !s.open {
			s.to = x.values[i+1].number
		}
		if k > 0 && of[k-1]+1 == i {
			out[len(out)-1].to, out[len(out)-1].open = s.to, s.open
		} else {
			out = append(out, s)
		}
	}
	return out
}

// ranges says which numbers are meant: 3 or more, 5 to 9, 3, 5 or 8.
func ranges(x *fact, of []int) string {
	var out []string
	for _, s := range stretches(x, of) {
		switch {
		case s.open:
			out = append(out, fmt.Sprintf("%d or more", s.from))
		case s.to == s.from+1:
			out = append(out, fmt.Sprintf("%d", s.from))
		default:
			out = append(out, fmt.Sprintf("%d to %d", s.from, s.to-1))
		}
	}
	return strings.Join(out, " or ")
}

// times says which lengths of time are meant: 5 d or longer but less than 10 d.
func times(x *fact, of []int) string {
	var out []string
	for _, s := range stretches(x, of) {
		text := length(time.Duration(s.from)*time.Second) + " or longer"
		if !s.open {
			text += " but less than " + length(time.Duration(s.to)*time.Second)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", or for ")
}

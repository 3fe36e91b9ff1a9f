package playbook

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// Domain is what the API server lets a fact be. Of a list it says what an element can be.
type Domain struct {
	// Words are all texts it can be, besides the empty one of what is not given; nil: every text of the form.
	Words []string
	// Given is whether it is never empty.
	Given bool
	// Least and Most bound a number.
	Least, Most int64
	// Longest bounds a text, Items a list; 0: no bound.
	Longest, Items int

	form     *regexp.Regexp
	formText string
}

// Admits is whether a fact can be that text.
func (d *Domain) Admits(text string) bool {
	switch {
	case text == "":
		return !d.Given
	case d.Words != nil:
		return slices.Contains(d.Words, text)
	}
	return (d.form == nil || d.form.MatchString(text)) && (d.Longest == 0 || utf8.RuneCountInString(text) <= d.Longest)
}

var (
	aWord = Domain{Longest: 40, form: identifier, formText: "a word is a small letter, then letters, digits and hyphens, 40 at most"}
	level = Domain{Longest: 40, form: regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`), formText: "a level is a letter, then letters, digits and hyphens, 40 at most"}
)

// domains are those of the facts, by path; a test holds them against the CRDs.
var domains = map[string]Domain{
	"complaint.channel": {Given: true, Words: []string{"Phone", "Email", "OnlineForm", "OnlineChat", "SocialMedia", "Counter", "Letter", "Referral", "Regulator", "Media", "Other"}},
	"complaint.class":   {Words: []string{"A", "B", "C", "D", "VIP"}},
	"complaint.remedy.kinds": {Items: 10, Given: true,
		Words: []string{"Refund", "Exchange", "Repair", "Compensation", "Voucher", "Apology", "Gift", "Visit", "Upgrade", "Explanation"}},
	"complaint.category":           aWord,
	"complaint.product":            {Longest: 256},
	"complaint.place":              {Longest: 256},
	"complaint.order":              {Longest: 128},
	"complaint.level":              given(level), // it was graded before its run began
	"incident.level":               level,        // of a complaint that is part of none it is empty
	"run.level":                    given(level),
	"complaint.expectation":        listOf(aWord, 8),
	"complaint.signals":            listOf(aWord, 32),
	"incident.signals":             listOf(aWord, 32),
	"complaint.affected":           {Least: 1, Most: 1_000_000_000},
	"complaint.reopened":           {Most: math.MaxInt32},
	"complaint.remedy.amountCents": {Most: math.MaxInt64},
	"complaint.remedy.currency":    {Longest: 3, form: regexp.MustCompile(`^[A-Z]{3}$`), formText: "a currency is three capital letters"},
	"incident.complaints":          {Most: math.MaxInt32},
}

func given(d Domain) Domain {
	d.Given = true
	return d
}

func listOf(d Domain, items int) Domain {
	d.Items, d.Given = items, true
	return d
}

// DomainOf is what a fact can be; nil for a path of which nothing is known.
func DomainOf(path string) *Domain {
	if d, ok := domains[path]; ok {
		return &d
	}
	return nil
}

// Range says for people between what a number lies.
func (d *Domain) Range() string {
	if d.Most == math.MaxInt64 || d.Most == math.MaxInt32 {
		return "it is " + strconv.FormatInt(d.Least, 10) + " or more"
	}
	return fmt.Sprintf("it is from %d to %d", d.Least, d.Most)
}

// explainValue finds a fact that is compared with what it can never be, in a tree that can be climbed.
func explainValue(e celast.Expr) (message, advice string) {
	if e.Kind() != celast.CallKind {
		return "", ""
	}
	elements := rangesAt(e)
	call := e.AsCall()
	args := call.Args()
	if len(args) != 2 {
		return "", ""
	}
	for k, arg := range args {
		path := factOf(arg, elements)
		if path != "" {
			message, advice = neverWord(path, call.FunctionName(), k, listOr(args[1-k], elements))
		}
		if n, literal := intOf(args[1-k]); message == "" && literal {
			message, advice = neverNumber(arg, path, elements, call.FunctionName(), k == 1, n)
		}
		if message != "" {
			return message, advice
		}
	}
	return "", ""
}

// neverWord is about a fact that stands on the left (k is 0) or on the right of a literal, or of a list of them.
func neverWord(path, function string, k int, literal celast.Expr) (message, advice string) {
	domain := DomainOf(path)
	switch function {
	case operators.In:
		if (k == 1) != (domain.Items > 0) {
			return "", "" // of the wrong type, which is told otherwise
		}
	default:
		if !slices.Contains(comparing, function) {
			return "", ""
		}
	}
	for _, word := range words(literal) {
		if domain.Admits(word) {
			continue
		}
		message = path + " is never " + shortened(word)
		if domain.Items > 0 {
			message = shortened(word) + " is never in " + path
		}
		if domain.Words != nil {
			return message, DidYouMean(word, domain.Words) + "it can be: " + strings.Join(domain.Words, ", ")
		}
		if domain.form == nil || domain.form.MatchString(word) {
			return message, fmt.Sprintf("it has at most %d characters", domain.Longest)
		}
		return message, domain.formText
	}
	return "", ""
}

// neverNumber is about a comparison of a number, or of a size, that holds for none it can be.
func neverNumber(e celast.Expr, path string, elements map[string]celast.Expr, function string, mirrored bool, n int64) (message, advice string) {
	domain := DomainOf(path)
	what := path
	switch inner := sizeOf(e); {
	case inner != nil:
		path = factOf(inner, elements)
		of := DomainOf(path)
		if of == nil {
			return "", ""
		}
		if domain = (&Domain{Most: int64(of.Items)}); of.Items == 0 {
			domain.Most = int64(of.Longest)
		}
		if domain.Most == 0 {
			domain.Most = math.MaxInt64
		}
		what = "size(" + path + ")"
	case domain == nil || domain.Most == 0:
		return "", ""
	}
	if mirrored {
		function = mirror[function]
	}
	never := map[string]bool{
		operators.Equals: n < domain.Least || n > domain.Most, operators.Less: n <= domain.Least, operators.LessEquals: n < domain.Least,
		operators.Greater: n >= domain.Most, operators.GreaterEquals: n > domain.Most,
	}[function]
	if !never {
		return "", ""
	}
	return fmt.Sprintf("%s is never %s %d", what, symbols[function], n), domain.Range()
}

var (
	mirror = map[string]string{
		operators.Equals: operators.Equals, operators.NotEquals: operators.NotEquals, operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
		operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals,
	}
	symbols = map[string]string{
		operators.Equals: "==", operators.Less: "<", operators.LessEquals: "<=", operators.Greater: ">", operators.GreaterEquals: ">=",
	}
)

// factOf is the path of a fact with a domain that an expression is, or of the list whose element it stands for; "" for anything else.
func factOf(e celast.Expr, elements map[string]celast.Expr) string {
	path := pathOf(listOr(e, elements))
	if DomainOf(path) == nil {
		return ""
	}
	return path
}

// sizeOf is what an expression takes the size of, nil where it does not.
func sizeOf(e celast.Expr) celast.Expr {
	if e.Kind() != celast.CallKind || e.AsCall().FunctionName() != "size" {
		return nil
	}
	if e.AsCall().IsMemberFunction() {
		return e.AsCall().Target()
	}
	if len(e.AsCall().Args()) != 1 {
		return nil
	}
	return e.AsCall().Args()[0]
}

func intOf(e celast.Expr) (int64, bool) {
	if e.Kind() != celast.LiteralKind {
		return 0, false
	}
	n, is := e.AsLiteral().(types.Int)
	return int64(n), is
}

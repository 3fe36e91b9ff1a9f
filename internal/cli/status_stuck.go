package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// stuck is why open records do not go on, and which: all those that say the same in the same words.
type stuck struct {
	what, message string
	records       []string
}

// obstacles are the conditions that keep a record from going on, the one that weighs most first; reason "" is any.
var obstacles = []struct {
	condition string
	status    metav1.ConditionStatus
	reason    string
	what      string
}{
	{"Obstructed", metav1.ConditionTrue, "", "obstructed"},
	{"Staffed", metav1.ConditionFalse, "NobodyLeft", "nobody leads"},
	{"Staffed", metav1.ConditionFalse, "NoticeUndelivered", "a notice did not arrive"},
	{"Staffed", metav1.ConditionFalse, "", "a step is stuck"},
	{"PolicyInForce", metav1.ConditionFalse, "BuiltIn", "no policy in force"},
	{"Running", metav1.ConditionFalse, "NoPlaybook", "no playbook"},
	{"Running", metav1.ConditionFalse, "PlaybookNotReady", "no playbook"},
	{"Running", metav1.ConditionTrue, "TakeOverWaits", "its playbook cannot begin"},
}

// noteStuck takes in a record that does not go on, for the first of its obstacles.
func (s *situation) noteStuck(record string, conditions []metav1.Condition) {
	for _, o := range obstacles {
		c := apimeta.FindStatusCondition(conditions, o.condition)
		if c == nil || c.Status != o.status || o.reason != "" && c.Reason != o.reason {
			continue
		}
		s.stuck = withReason(s.stuck, record, o.what, c.Message)
		return
	}
}

// withReason adds an object to those that say the same in the same words.
func withReason(list []stuck, object, what, said string) []stuck {
	message := firstLine(said)
	i := slices.IndexFunc(list, func(k stuck) bool { return k.what == what && k.message == message })
	if i < 0 {
		i = len(list)
		list = append(list, stuck{what: what, message: message})
	}
	list[i].records = append(list[i].records, object)
	return list
}

// sortReasons puts incidents first, then what keeps the most.
func sortReasons(list []stuck) {
	for i := range list {
		slices.Sort(list[i].records)
	}
	slices.SortFunc(list, func(a, b stuck) int {
		incident := func(k stuck) bool { return strings.HasPrefix(k.records[0], "crisisincident/") }
		return cmp.Or(boolOrder(incident(b), incident(a)), cmp.Compare(len(b.records), len(a.records)), cmp.Compare(a.records[0], b.records[0]), cmp.Compare(a.message, b.message))
	})
}

func firstLine(message string) string {
	line, rest, more := strings.Cut(message, "\n")
	if more {
		line += fmt.Sprintf(" (and %d more)", strings.Count(rest, "\n")+1)
	}
	return printable(line)
}

// printReasons says what does not go on, why, and what to do; nothing when all does. It takes about as many lines as there
// is room for, and tells one reason at least.
func (a *app) printReasons(p *screen, title string, list []stuck, room int) {
	if len(list) == 0 {
		return
	}
	all := 0
	for _, k := range list {
		all += len(k.records)
	}
	p.line(a.paint(red, fmt.Sprintf("%s: %d", title, all)))
	top := p.lines
	for n, k := range list {
		const most = 4 // lines a reason takes
		if n > 0 && p.lines-top+most > room {
			p.line(fmt.Sprintf("  … and %d more reasons", len(list)-n))
			break
		}
		line := "  " + k.records[0]
		if more := len(k.records) - 1; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		p.line(line + " · " + a.paint(yellow, k.what))
		// What to do stands at the end of a message, so it is not cut at the edge of the screen.
		for wrapped := range strings.SplitSeq(text.WrapSoft(k.message, p.width-4), "\n") {
			if strings.TrimSpace(wrapped) != "" {
				p.line("    " + strings.TrimSpace(wrapped))
			}
		}
	}
	p.line("")
}

package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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

// noteReopening notes a closed record that somebody re-opened and that waits for a playbook.
func (s *situation) noteReopening(record string, conditions []metav1.Condition) {
	c := apimeta.FindStatusCondition(conditions, "Running")
	if c != nil && c.Status == metav1.ConditionFalse && (c.Reason == "NoPlaybook" || c.Reason == "PlaybookNotReady") {
		s.stuck = withReason(s.stuck, record, "asked to be re-opened, no playbook", c.Message)
	}
}

// withReason adds an object to those that say the same in the same words.
func withReason(list []stuck, object, what, said string) []stuck {
	message := strings.TrimSpace(said)
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

// inShort is the first line of a message that names a fault, and how many faults more it names. What a message begins
// with before it comes to them is dropped: the place of a fault and the remedy stand in the lines that follow.
func inShort(message string) string {
	lines := strings.Split(message, "\n")
	if len(lines) > 1 && introduces(lines[0], lines[1]) {
		lines = lines[1:]
	}
	more := len(lines) - 1
	if hidden := 0; more > 0 {
		if n, _ := fmt.Sscanf(lines[more], "and %d more", &hidden); n == 1 {
			more += hidden - 1
		}
	}
	if more == 0 {
		return printable(lines[0])
	}
	return printable(lines[0]) + fmt.Sprintf(" (and %d more)", more)
}

// introduces is whether a line only leads to the next one, which names a place, a colon and what is wrong there.
func introduces(line, next string) bool {
	return strings.HasSuffix(line, ":") || !strings.Contains(line, ": ") && strings.Contains(next, ": ")
}

// printReasons says what does not go on, why, and what to do; nothing when all does. On a screen it takes about as many
// lines as there is room for, tells one reason at least, and says where the rest is; elsewhere it tells all.
func (a *app) printReasons(p *screen, title string, list []stuck, room int, whole string) {
	if len(list) == 0 {
		return
	}
	all := 0
	for _, k := range list {
		all += len(k.records)
	}
	p.line(a.paint(red, fmt.Sprintf("%s: %d", title, all)))
	top, rest, cut := p.lines, 0, false
	for n, k := range list {
		const most = 4 // lines a reason takes
		if n > 0 && p.lines-top+most > room {
			rest, cut = len(list)-n, true
			break
		}
		names, message := strings.Join(k.records, ", "), k.message
		if p.height > 0 {
			names, message = inBrief(k.records), inShort(k.message)
			cut = cut || len(k.records) > 1 || message != printable(k.message)
		}
		p.line("  " + names + " · " + a.paint(yellow, k.what))
		for line := range strings.SplitSeq(message, "\n") {
			p.wrapped("    ", printable(line))
		}
	}
	switch {
	case rest > 0:
		p.wrapped("  ", fmt.Sprintf("… and %s; all of it: %s", number(rest, "more reason"), whole))
	case cut:
		p.wrapped("  ", "… all of it: "+whole)
	}
	p.line("")
}

// inBrief names the first object and how many more there are.
func inBrief(records []string) string {
	if len(records) == 1 {
		return records[0]
	}
	return fmt.Sprintf("%s and %d more", records[0], len(records)-1)
}

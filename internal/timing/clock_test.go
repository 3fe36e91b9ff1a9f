package timing

import (
	"strings"
	"testing"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// A span that goes on for generations is not counted thousands of times: a promise of it is not proved, and says so.
func TestAWorkingTimeThatEndsTooLateIsNotCounted(t *testing.T) {
	plan := planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}]
steps:
- {name: go, task: {to: clerk}, within: {elapsed: 1d}}
`)
	cal, err := calendar.New(v1alpha1.BusinessCalendarSpec{TimeZone: "UTC", Hours: []v1alpha1.OpeningHours{{Days: []v1alpha1.Weekday{"Mon"}, From: "09:00", To: "09:01"}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan.Nodes {
		plan.Nodes[i].Calendar = cal
	}
	s, err := New(now, MostDays)
	if err != nil {
		t.Fatal(err)
	}
	for span, says := range map[v1alpha1.Duration]string{"99h": "its time ends more than 4460 days after", "3d": "holds"} {
		a := v1alpha1.Assertion{Name: "it", Ended: "go", Within: v1alpha1.Deadline{Working: span}, Given: v1alpha1.ConductDeadlinesKept}
		before := s.Counted()
		v, problems := s.Check(plan, &a, nil)
		if counted := s.Counted() > before; len(problems) > 0 || !strings.Contains(v[0].Says(), says) || counted != (span == "3d") {
			t.Errorf("%s: %v %s, counted %d times", span, problems, v[0].Says(), s.Counted())
		}
	}
}

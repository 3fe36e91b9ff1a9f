package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// statusCommand shows how things stand on one screen.
func (a *app) statusCommand() *cobra.Command {
	var watch, everywhere, statement bool
	var output string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show on one screen what is open, overdue, stuck and in crisis",
		Long: `Show on one screen what is open, overdue, stuck and in crisis; all of it where there is no screen, or with -o wide.

-o json, yaml and name print the open incidents and complaints themselves. What complainants wrote, handed in and are known
by is left out of them, unless --statement asks for it.`,
		Example: `  kubectl tocsin status
  kubectl tocsin status -A -w
  kubectl tocsin status -o name`,
		Args: none("shows the whole namespace"),
	}
	cmd.Flags().BoolVarP(&everywhere, "all-namespaces", "A", false, "in all namespaces")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "stay and redraw when something changes")
	cmd.Flags().BoolVar(&statement, "statement", false, "with -o json or yaml: also what complainants wrote, handed in and are known by")
	values := append([]string{"wide"}, formats...)
	a.outputFlag(cmd, &output, values...)
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		if err := watchable(watch, output, values); err != nil {
			return err
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		if everywhere {
			c.namespace = metav1.NamespaceAll
		}
		draw := func(out io.Writer, s *situation) {
			width, height := a.size()
			if output == "wide" {
				width, height = 0, 0
			}
			a.printSituation(out, s, a.Clock.Now(), width, height)
		}
		if watch {
			return a.follow(ctx, c, situationKinds(), func(out *bytes.Buffer, from lister) error {
				s, err := readSituation(ctx, from, c.namespace, a.Clock.Now())
				if err == nil {
					draw(out, s)
				}
				return err
			})
		}
		s, err := readSituation(ctx, c, c.namespace, a.Clock.Now())
		if err != nil {
			return err
		}
		if s.objects == 0 && !everywhere {
			if err := c.exists(ctx); err != nil {
				return err
			}
		}
		if slices.Contains(formats, output) {
			return a.printOpen(ctx, c, s, output, statement)
		}
		draw(a.Out, s)
		return nil
	})
	return cmd
}

// printOpen prints the open incidents and complaints, incidents first.
func (a *app) printOpen(ctx context.Context, c *cluster, s *situation, output string, statement bool) error {
	var open []client.Object
	for i := range s.incidents {
		open = append(open, &s.incidents[i])
	}
	for _, one := range s.oldest {
		open = append(open, &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: one.namespace, Name: one.name}})
	}
	slices.SortFunc(open, byKindAndName)
	change := withoutPersonal
	switch {
	case statement:
		change = nil
	case output != "name" && len(s.oldest) > 0:
		fmt.Fprintln(a.Err, "note: what complainants wrote, handed in and are known by is left out; --statement prints it, too")
	}
	return a.printObjects(ctx, c, output, true, open, change)
}

// levelCount is how many open complaints a level has.
type levelCount struct {
	level         string
	open, overdue int
}

// openCase is an open complaint.
type openCase struct {
	namespace, name, number, level, handler string
	since, deadline                         time.Time
	overdue                                 int32
}

// situation is what the screen shows.
type situation struct {
	namespace     string // empty: all
	open, overdue int
	levels        []levelCount
	incidents     []v1alpha1.CrisisIncident
	oldest        []openCase
	stuck         []stuck // records that do not go on
	unfit         []stuck // policy that cannot be used
	waiting       []stuck // notices that do not get away
	notices       map[v1alpha1.NoticeState]int
	duplicates    int
	objects       int // how many objects were read in all
}

// lister is the API server, or what a feed knows of it.
type lister interface {
	List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error
}

// readSituation reads everything the screen shows at a moment.
func readSituation(ctx context.Context, from lister, namespace string, now time.Time) (*situation, error) {
	var complaints v1alpha1.ComplaintList
	var incidents v1alpha1.CrisisIncidentList
	var notices v1alpha1.NoticeList
	var policy policyLists
	s := &situation{namespace: namespace, notices: map[v1alpha1.NoticeState]int{}}
	for _, list := range append([]client.ObjectList{&complaints, &incidents, &notices}, policy.all()...) {
		if err := from.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		s.objects += apimeta.LenList(list)
	}
	s.countComplaints(complaints.Items, levelOrder(policy.triage.Items))
	for _, i := range incidents.Items {
		if !i.Status.ClosedAt.IsZero() {
			s.noteReopening(s.label("crisisincident", &i, ""), i.Status.Conditions)
			continue
		}
		s.incidents = append(s.incidents, i)
		s.noteStuck(s.label("crisisincident", &i, ""), i.Status.Conditions)
	}
	s.judge(&policy)
	sortIncidents(s.incidents)
	for i := range notices.Items {
		n := &notices.Items[i]
		if n.Spec.Test != nil {
			continue
		}
		s.notices[cmp.Or(n.Status.State, v1alpha1.NoticePending)]++
		s.duplicates += int(n.Status.PossibleDuplicates)
		s.noteWaiting(n, now)
	}
	for _, list := range [][]stuck{s.stuck, s.unfit, s.waiting} {
		sortReasons(list)
	}
	return s, nil
}

// sortIncidents puts real ones before drills, then the one that is late or whose deadline is next.
func sortIncidents(incidents []v1alpha1.CrisisIncident) {
	slices.SortFunc(incidents, func(a, b v1alpha1.CrisisIncident) int {
		return cmp.Or(boolOrder(a.Spec.Drill != nil, b.Spec.Drill != nil),
			-cmp.Compare(a.Status.Overdue, b.Status.Overdue),
			byTime(a.Status.NextDeadline.Time, b.Status.NextDeadline.Time), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
}

// label names an object on the screen, with the number people quote and, where several are shown, the namespace.
func (s *situation) label(kind string, o client.Object, number string) string {
	var more []string
	if number != "" {
		more = append(more, number)
	}
	if s.namespace == metav1.NamespaceAll {
		more = append(more, o.GetNamespace())
	}
	if len(more) == 0 {
		return kind + "/" + o.GetName()
	}
	return kind + "/" + o.GetName() + " (" + strings.Join(more, ", ") + ")"
}

func (s *situation) countComplaints(complaints []v1alpha1.Complaint, order map[string]int) {
	counts := map[string]*levelCount{}
	for i := range complaints {
		c := &complaints[i]
		if !c.Status.ClosedAt.IsZero() {
			s.noteReopening(s.label("complaint", c, c.Status.CaseNumber), c.Status.Conditions)
			continue
		}
		one := caseOf(c)
		if counts[one.level] == nil {
			counts[one.level] = &levelCount{level: one.level}
		}
		s.open++
		counts[one.level].open++
		if one.overdue > 0 {
			s.overdue++
			counts[one.level].overdue++
		}
		s.oldest = append(s.oldest, one)
		s.noteStuck(s.label("complaint", c, c.Status.CaseNumber), c.Status.Conditions)
	}
	for _, c := range counts {
		s.levels = append(s.levels, *c)
	}
	slices.SortFunc(s.levels, func(a, b levelCount) int {
		return cmp.Or(cmp.Compare(rank(order, a.level), rank(order, b.level)), cmp.Compare(a.level, b.level))
	})
	slices.SortFunc(s.oldest, func(a, b openCase) int {
		return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
	})
}

func caseOf(c *v1alpha1.Complaint) openCase {
	one := openCase{
		namespace: c.Namespace, name: c.Name, number: c.Status.CaseNumber,
		level: "not graded", handler: string(c.Status.Handler),
		since: c.Spec.ReceivedAt.Time, deadline: c.Status.NextDeadline.Time, overdue: c.Status.Overdue,
	}
	if g := c.Status.Grading; g != nil {
		one.level = string(g.Level)
	}
	if one.since.IsZero() {
		one.since = c.CreationTimestamp.Time
	}
	return one
}

// levelOrder ranks levels as the policies list them, the highest first.
func levelOrder(policies []v1alpha1.TriagePolicy) map[string]int {
	order := map[string]int{}
	slices.SortFunc(policies, func(a, b v1alpha1.TriagePolicy) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range policies {
		for i, l := range p.Spec.Levels {
			if _, known := order[string(l.Name)]; !known {
				order[string(l.Name)] = i
			}
		}
	}
	return order
}

// rank puts levels no policy knows last.
func rank(order map[string]int, level string) int {
	if i, known := order[level]; known {
		return i
	}
	return len(order)
}

// byTime sorts by time with the zero time last.
func byTime(a, b time.Time) int {
	return cmp.Or(boolOrder(a.IsZero(), b.IsZero()), a.Compare(b))
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

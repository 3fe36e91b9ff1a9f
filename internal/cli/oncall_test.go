package cli

import (
	"encoding/json"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// onCallTeams are two teams: a desk with a rotation of everything a rotation can say, and a house without one.
const onCallTeams = `
desk:
  timeZone: Europe/Berlin
  parent: house
  members:
  - {name: ana, user: ana, duties: [agent], deputies: [bo]}
  - {name: bo, user: bo, duties: [agent, night-watch], deputies: [ana], away: [{firstDay: "2026-03-09", lastDay: "2026-03-10"}]}
  - {name: cleo, user: cleo, duties: [agent, night-watch], away: [{firstDay: "2026-03-04"}]}
  rotations:
  - duty: agent
    layers:
    - {name: weekly, members: [ana, bo], start: "2026-03-02"}
    overrides:
    - {member: cleo, from: "2026-03-03T09:00:00+01:00", to: "2026-03-04T09:00:00+01:00"}
  - duty: night-watch
    timeZone: Asia/Shanghai
    layers:
    - {name: nights, members: [cleo, bo], start: "2026-03-02", everyDays: 1, only: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], from: "18:00", to: "08:00"}]}
    unstaffed: [{days: [Mon, Tue], from: "08:00", to: "18:00"}]
house:
  selection: Spread
  members:
  - {name: dan, user: dan, duties: [manager], deputies: [eva]}
  - {name: eva, user: eva, duties: [manager, executive], deputies: [dan], away: [{from: "2026-03-03T00:00:00Z", to: "2026-03-05T00:00:00Z"}]}
`

func (w *world) onCallTeams() {
	w.t.Helper()
	var specs map[string]v1alpha1.ResponseTeamSpec
	w.Expect(yaml.UnmarshalStrict([]byte(onCallTeams), &specs)).To(Succeed())
	for name, spec := range specs {
		w.Expect(w.admin.Create(w.ctx, &v1alpha1.ResponseTeam{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}, Spec: spec})).To(Succeed())
	}
}

// TestOnCallTellsWhoHasWhatUntilWhen: as somebody who may only look; turns, overrides, holes, leave, deputies.
func TestOnCallTellsWhoHasWhatUntilWhen(t *testing.T) {
	w := newWorld(t)
	w.onCallTeams()
	viewer := w.kubeconfig("vera", "tocsin:viewers")
	story := ""
	for _, args := range [][]string{
		{}, {"-o", "wide"}, {"desk", "--at", "2026-03-03T08:00:00Z"}, {"desk", "--at", "2026-03-04 06:00", "-o", "wide"}, {"desk", "--at", "2026-03-09 12:00"},
		{"desk", "--duty", "night-watch", "--at", "2026-03-04 06:00", "-o", "wide"}, {"house", "--at", "2026-03-04"}, {"--duty", "manager", "-o", "name"},
	} {
		r := w.run(w.ctx, viewer, append([]string{"oncall"}, args...)...)
		w.Expect(r.Code).To(Equal(exitOK), "%v: %s", args, r.Err)
		for _, arg := range args {
			story += arg + " "
		}
		story += "\n" + r.Out + "\n"
	}
	w.golden("oncall.golden", story)
}

// TestOnCallForMachines: the same as JSON and YAML.
func TestOnCallForMachines(t *testing.T) {
	w := newWorld(t)
	w.onCallTeams()
	viewer := w.kubeconfig("vera", "tocsin:viewers")
	var asJSON, asYAML struct {
		At     time.Time  `json:"at"`
		Duties []dutyHeld `json:"duties"`
	}
	w.Expect(json.Unmarshal([]byte(w.run(w.ctx, viewer, "oncall", "desk", "-o", "json").Out), &asJSON)).To(Succeed())
	w.Expect(yaml.Unmarshal([]byte(w.run(w.ctx, viewer, "oncall", "desk", "-o", "yaml").Out), &asYAML)).To(Succeed())
	w.Expect(asYAML).To(Equal(asJSON))
	w.Expect(asJSON.At).To(BeTemporally("==", noon))
	until := time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC)
	w.Expect(asJSON.Duties[0]).To(Equal(dutyHeld{Team: "desk", Duty: "agent", OnCall: "ana", Asked: []string{"ana"}, Rotation: true, By: "weekly",
		Until: &until, Next: "cleo", TimeZone: "Europe/Berlin", Deputies: []string{"bo"}}))
}

// TestOnCallSaysWhatIsWrong: one sentence, the right code, nothing printed.
func TestOnCallSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	viewer := w.kubeconfig("vera", "tocsin:viewers")
	said := func(args ...string) result { return w.run(w.ctx, viewer, append([]string{"oncall"}, args...)...) }
	w.Expect(said()).To(Equal(result{Code: exitRefused, Err: "error: namespace " + w.namespace + " has no ResponseTeam; apply one, or name another namespace with -n\n"}))
	w.onCallTeams()
	for want, args := range map[string][]string{
		`error: there is no ResponseTeam "shop" in namespace ` + w.namespace + "; there are: desk, house\n":       {"shop"},
		`error: nobody has the duty "cook" in desk of namespace ` + w.namespace + "; kubectl tocsin oncall lists": {"desk", "--duty", "cook"},
		`error: there is no namespace "nosuchns"`:                                                                 {"-n", "nosuchns"},
	} {
		w.Expect(said(args...)).To(And(HaveField("Code", exitRefused), HaveField("Err", HavePrefix(want)), HaveField("Out", "")), "%v", args)
	}
	for want, args := range map[string][]string{
		`error: --at "soon" is no time; write e.g. 2026-10-01T03:00:00+08:00`: {"--at", "soon"},
		`error: -o xml is unknown`:                           {"-o", "xml"},
		`error: oncall takes one argument at most, TEAM; it`: {"desk", "house"},
	} {
		w.Expect(said(args...)).To(And(HaveField("Code", exitUsage), HaveField("Err", HavePrefix(want)), HaveField("Out", "")), "%v", args)
	}
	nobody := w.run(w.ctx, w.kubeconfig("nobody"), "oncall")
	w.Expect(nobody).To(And(HaveField("Code", exitRefused), HaveField("Err", ContainSubstring("responseteams")), HaveField("Out", "")))
}

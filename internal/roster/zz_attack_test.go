package roster

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestAttackHolesCost(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for _, n := range []int{10, 40, 80} {
		team := &v1alpha1.ResponseTeamSpec{}
		for i := range n {
			m := v1alpha1.Member{Name: fmt.Sprintf("m%d", i), User: v1alpha1.User(fmt.Sprintf("u%d", i))}
			for d := range 16 { m.Duties = append(m.Duties, v1alpha1.Identifier(fmt.Sprintf("d%dx%d", i, d))) }
			for a := range 32 {
				from := now.Add(time.Duration(a*30+i) * time.Hour)
				m.Away = append(m.Away, v1alpha1.Absence{From: metav1.NewTime(from), To: metav1.NewTime(from.Add(time.Hour))})
			}
			m.Deputies = []v1alpha1.MemberName{v1alpha1.MemberName(fmt.Sprintf("m%d", (i+1)%n))}
			team.Members = append(team.Members, m)
		}
		r := New(map[string]*v1alpha1.ResponseTeamSpec{"t": team})
		begin := time.Now()
		h, _ := r.Holes("t", now, now.Add(56*24*time.Hour))
		t.Log(n, time.Since(begin), len(h))
	}
}

func TestAttackRotationCost(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for _, holes := range []bool{false, true} {
	for _, rots := range []int{1, 4} {
		team := &v1alpha1.ResponseTeamSpec{Members: []v1alpha1.Member{{Name: "a", User: "a"}, {Name: "b", User: "b", Deputies: []v1alpha1.MemberName{"a"}}}}
		for i := range rots {
			duty := v1alpha1.Identifier(fmt.Sprintf("d%d", i))
			for k := range team.Members { team.Members[k].Duties = append(team.Members[k].Duties, duty) }
			rot := v1alpha1.Rotation{Duty: duty}
			for l := range 8 {
				layer := v1alpha1.RotationLayer{Name: v1alpha1.Identifier(fmt.Sprintf("l%d", l)), Members: []v1alpha1.MemberName{"a", "b"}, Start: "2020-01-01", EveryDays: 1}
				if holes { layer.Members = []v1alpha1.MemberName{"x"} }
				for o := range 16 {
					layer.Only = append(layer.Only, v1alpha1.WeekTime{Days: []v1alpha1.Weekday{"Mon","Tue","Wed","Thu","Fri","Sat","Sun"}, From: v1alpha1.ClockTime(fmt.Sprintf("%02d:%02d", (o*3/2)%24, (l*7+o)%60)), To: v1alpha1.ClockTime(fmt.Sprintf("%02d:%02d", (o*3/2)%24, (l*7+o)%60))})
				}
				rot.Layers = append(rot.Layers, layer)
			}
			team.Rotations = append(team.Rotations, rot)
		}
		r := New(map[string]*v1alpha1.ResponseTeamSpec{"t": team})
		begin := time.Now()
		h, _ := r.Holes("t", now, now.Add(56*24*time.Hour))
		t.Log("holes", holes, rots, time.Since(begin), len(h))
		begin = time.Now()
		turn, _ := r.OnCall("t", "d0", now)
		t.Log("oncall", time.Since(begin), turn.Until)
	}}
}

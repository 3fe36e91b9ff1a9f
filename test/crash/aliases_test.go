package crash

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// aliases are names that are the same in every run, for names and UIDs that are not.
type aliases struct {
	mu sync.Mutex
	// byName has the alias of each kind/name, byUID of each UID.
	byName, byUID map[string]string
	// taken counts what has an alias, so that a second one gets another.
	taken map[string]int
	// replacer puts aliases in; nil: there are new ones since it was made.
	replacer *strings.Replacer
}

func newAliases() *aliases {
	return &aliases{byName: map[string]string{}, byUID: map[string]string{}, taken: map[string]int{}}
}

// learn is the alias of an object, which may be on its way to being created or known by its name alone.
func (a *aliases) learn(kind string, obj client.Object) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := kind + "/" + obj.GetName()
	alias, known := a.byName[key]
	if !known {
		alias = a.describe(obj)
		if a.taken[kind+"/"+alias]++; a.taken[kind+"/"+alias] > 1 {
			alias = fmt.Sprintf("%s~%d", alias, a.taken[kind+"/"+alias])
		}
		a.byName[key], a.replacer = alias, nil
	}
	if uid := string(obj.GetUID()); uid != "" && a.byUID[uid] == "" {
		a.byUID[uid], a.replacer = alias, nil
	}
	return alias
}

// describe says what an object is for; the lock is held.
func (a *aliases) describe(obj client.Object) string {
	switch o := obj.(type) {
	case *v1alpha1.CrisisIncident:
		if o.Spec.Drill != nil {
			return "drill"
		}
		return "crisis"
	case *v1alpha1.ResponseTask:
		who := ""
		if o.Spec.Type == v1alpha1.TaskTypeAcknowledgement {
			who = "/" + string(o.Spec.Assignment.Assignee)
		}
		return fmt.Sprintf("%s/%s/%d%s", a.record(o.Spec.Record), o.Spec.Step, o.Spec.Round, who)
	case *v1alpha1.Notice:
		about := string(o.Spec.Task)
		if task, ok := a.byName["ResponseTask/"+about]; ok {
			about = task
		}
		return strings.Join([]string{a.record(o.Spec.Record), o.Spec.Step, string(o.Spec.Template), "to", o.Spec.To.Name, about, o.Spec.Action}, "/")
	case *v1alpha1.PostMortem:
		return a.record(o.Spec.Incident) + "/review"
	case *v1alpha1.DrillSchedule:
		return "rehearsal"
	case *appsv1.ControllerRevision:
		return anyDigest.ReplaceAllString(o.Name, "")
	}
	return a.replace(obj.GetName())
}

func (a *aliases) record(ref v1alpha1.RecordReference) string {
	if alias, ok := a.byName[string(ref.Kind)+"/"+string(ref.Name)]; ok {
		return alias
	}
	return string(ref.Name)
}

// replace puts aliases in place of names and UIDs in a text, longer names first; the lock is held.
func (a *aliases) replace(text string) string {
	if a.replacer == nil {
		a.replacer = a.newReplacer()
	}
	return a.replacer.Replace(text)
}

func (a *aliases) newReplacer() *strings.Replacer {
	var pairs [][2]string
	for key, alias := range a.byName {
		_, name, _ := strings.Cut(key, "/")
		if name != alias {
			pairs = append(pairs, [2]string{name, alias})
		}
	}
	for uid, alias := range a.byUID {
		pairs = append(pairs, [2]string{uid, "<" + alias + ">"})
	}
	slices.SortFunc(pairs, func(x, y [2]string) int {
		return cmp.Or(cmp.Compare(len(y[0]), len(x[0])), cmp.Compare(x[0], y[0]))
	})
	var list []string
	for _, p := range pairs {
		list = append(list, p[0], p[1])
	}
	return strings.NewReplacer(list...)
}

// in is a text with aliases in place of names.
func (a *aliases) in(text string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.replace(text)
}

// applied is the object behind an apply configuration: one the manager applies is a ConfigMap.
func applied(configuration runtime.ApplyConfiguration) client.Object {
	cm := &corev1.ConfigMap{}
	if data, err := json.Marshal(configuration); err == nil {
		_ = json.Unmarshal(data, cm) // nameless, it shows as such in the list of writes
	}
	return cm
}

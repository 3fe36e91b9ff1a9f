package crash

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/controllers"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/timeline"
)

// picture is the end of a world: what each field of each object says, each line of the timelines and each message the
// receivers took, with names that are the same in every run and without what differs from run to run: UIDs, salts,
// hashes, names of processes.
type picture struct {
	lines map[string]string
	times map[string]time.Time
	// notices are how the notices ended, by alias.
	notices map[string]ending
}

// ending is how a notice ended and how often it was received.
type ending struct {
	uid      string
	status   v1alpha1.NoticeStatus
	hold     bool
	received int
}

// ending says in words how a notice ended.
func (e ending) String() string {
	return fmt.Sprintf("%s after %d attempts, %d possible duplicates, received %d times", e.status.State, e.status.Attempts, e.status.PossibleDuplicates, e.received)
}

// kinds are what a picture shows, in an order in which names can be learnt.
func kinds() []client.ObjectList {
	return []client.ObjectList{
		&v1alpha1.ComplaintList{}, &v1alpha1.CrisisIncidentList{}, &v1alpha1.ResponseTaskList{}, &v1alpha1.PostMortemList{}, &v1alpha1.NoticeList{},
		&v1alpha1.DrillScheduleList{}, &v1alpha1.PlaybookList{}, &v1alpha1.TriagePolicyList{}, &v1alpha1.ResponseTeamList{}, &v1alpha1.NoticeChannelList{},
		&corev1.ConfigMapList{}, &corev1.SecretList{}, &appsv1.ControllerRevisionList{},
	}
}

// picture takes the picture of a world.
func (w *world) picture() (*picture, error) {
	p := &picture{lines: map[string]string{}, times: map[string]time.Time{}, notices: map[string]ending{}}
	var objects []client.Object
	for _, list := range kinds() {
		if err := admin.List(w.ctx, list, client.InNamespace(w.ns)); err != nil {
			return nil, err
		}
		var found []client.Object
		_ = meta.EachListItem(list, func(o runtime.Object) error {
			found = append(found, o.(client.Object))
			return nil
		})
		slices.SortFunc(found, func(a, b client.Object) int {
			return cmp.Or(requested(a).Compare(requested(b)), cmp.Compare(a.GetName(), b.GetName()))
		})
		for _, o := range found {
			w.names.learn(kindOf(o), o)
		}
		objects = append(objects, found...)
	}
	w.names.number(objects)
	signed, err := w.signed()
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if err := w.draw(p, o, signed); err != nil {
			return nil, err
		}
	}
	return p, w.count(p, objects)
}

// requested is when a notice was asked for; others have no order.
func requested(o client.Object) time.Time {
	if n, ok := o.(*v1alpha1.Notice); ok {
		return n.Spec.RequestedAt.Time
	}
	return time.Time{}
}

// number makes case numbers, of which a dead process leaves some unused, the same in every run.
func (a *aliases) number(objects []client.Object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range objects {
		if c, ok := o.(*v1alpha1.Complaint); ok && c.Status.CaseNumber != "" {
			a.replacer = nil
			a.byName["number/"+c.Status.CaseNumber] = "<number of " + c.Name + ">"
		}
	}
}

// draw adds an object to the picture.
func (w *world) draw(p *picture, o client.Object, signed []timeline.Checkpoint) error {
	if own(o) {
		return nil
	}
	name := kindOf(o) + " " + w.names.learn(kindOf(o), o)
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.DeepCopyObject())
	if err != nil {
		return err
	}
	show := map[string]any{"labels": anyMap(o.GetLabels())}
	for _, ref := range o.GetOwnerReferences() {
		show["owner"] = ref.Kind + " " + ref.Name
	}
	status, _ := content["status"].(map[string]any)
	switch o := o.(type) {
	case *v1alpha1.Playbook, *v1alpha1.TriagePolicy, *v1alpha1.ResponseTeam, *v1alpha1.NoticeChannel:
		show["status"] = status // what people wrote is theirs
	case *corev1.ConfigMap:
		show["keys"] = anyNumber.ReplaceAllString(strings.Join(slices.Sorted(maps.Keys(o.Data)), " "), "#")
		if document := o.Data[controllers.DocumentMarkdown]; document != "" {
			lines := strings.Split(anyNumber.ReplaceAllString(w.plain(document), "#"), "\n")
			slices.Sort(lines) // a second more or less changes the order of a table
			show["document"] = strings.Join(lines, "\n")
		}
	case *corev1.Secret, *appsv1.ControllerRevision:
	case *v1alpha1.Notice:
		show["spec"] = content["spec"] // its status is judged by itself
	case *v1alpha1.Complaint:
		delete(status, "timeline")
		show["spec"], show["status"] = content["spec"], status
		err = w.tell(p, o, o.Status.Timeline, signed)
	case *v1alpha1.CrisisIncident:
		delete(status, "timeline")
		show["spec"], show["status"] = content["spec"], status
		err = w.tell(p, o, o.Status.Timeline, signed)
	default:
		show["spec"], show["status"] = content["spec"], status
	}
	p.lines[name] = "exists"
	w.flatten(p, name, show)
	return err
}

// own is whether an object is the cluster's or what the manager keeps for itself, which need not be in this namespace.
func own(o client.Object) bool {
	name := o.GetName()
	return name == "kube-root-ca.crt" || strings.HasPrefix(name, "tocsin-checkpoint")
}

func anyMap(m map[string]string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// flatten adds every leaf of a value under its path.
func (w *world) flatten(p *picture, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			w.flatten(p, path+"."+key, item)
		}
	case []any:
		for i, item := range v {
			name := fmt.Sprintf("%s[%d]", path, i)
			if condition, is := item.(map[string]any); is && strings.HasSuffix(path, ".conditions") {
				name = fmt.Sprintf("%s[%v]", path, condition["type"]) // a map by type: which came first says nothing
			}
			w.flatten(p, name, item)
		}
	case nil:
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			p.times[path] = at
			return
		}
		if anyFact.MatchString(path) {
			v = "a digest"
		}
		p.lines[path] = w.plain(v)
	default:
		text, _ := json.Marshal(v)
		p.lines[path] = string(text)
	}
}

var (
	anyNumber = regexp.MustCompile(`[0-9]+`)
	anyUID    = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	anyHash   = regexp.MustCompile(`\b[0-9a-f]{32,}\b`)
	anyDigest = regexp.MustCompile(`-[0-9a-f]{10}\b`)
	anyTime   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	anyDate   = regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)
	anySpan   = regexp.MustCompile(`\b\d+ ?(d|h|min|m|s|ms)( \d+ ?(d|h|min|m|s|ms))*\b`)
	// anyLate is what is added where something was noticed late; how late, the times tell.
	anyLate = regexp.MustCompile(`; (noticed|told) <span> late`)
	// anyFact is a salted digest of a fact.
	anyFact = regexp.MustCompile(`\.facts\[\d+\]$`)
)

// plain is a text without what differs from run to run.
func (w *world) plain(text string) string {
	text = w.names.in(text)
	for _, r := range []struct {
		find *regexp.Regexp
		put  string
	}{{anyUID, "<uid>"}, {anyHash, "<hash>"}, {anyDigest, "-<digest>"}, {anyTime, "<time>"}, {anyDate, "<date>"}, {anySpan, "<span>"}, {anyLate, ""}} {
		text = r.find.ReplaceAllString(text, r.put)
	}
	return text
}

// signed are the checkpoints in the operator's books, each with a signature that holds.
func (w *world) signed() (list []timeline.Checkpoint, err error) {
	var public corev1.ConfigMap
	if err := admin.Get(w.ctx, client.ObjectKey{Namespace: w.system, Name: controllers.CheckpointPublicKey}, &public); err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(public.Data["publicKey"])
	if err != nil {
		return nil, err
	}
	var books corev1.ConfigMapList
	if err := admin.List(w.ctx, &books, client.InNamespace(w.system), client.HasLabels{controllers.CheckpointLabel}); err != nil {
		return nil, err
	}
	for _, book := range books.Items {
		for line := range strings.Lines(book.Data["checkpoints"]) {
			c, err := timeline.DecodeCheckpoint(line)
			if err != nil {
				return nil, err
			}
			if !c.Verify(key) {
				return nil, fmt.Errorf("the checkpoint of %s in %s has no signature that holds", c.Record, book.Name)
			}
			list = append(list, c)
		}
	}
	return list, nil
}

// tell adds a record's timeline, once its chain was verified: what was noted of each step, in order, and how often its end
// was signed.
func (w *world) tell(p *picture, record client.Object, t v1alpha1.Timeline, signed []timeline.Checkpoint) error {
	entries, err := history.Read(w.ctx, admin, w.ns, record.GetName(), t)
	if err != nil {
		return err
	}
	if found := timeline.Verify(entries, t); len(found) > 0 {
		return fmt.Errorf("the timeline of %s: %v", record.GetName(), found)
	}
	steps := map[string][]string{}
	for _, e := range entries {
		steps[e.Step] = append(steps[e.Step], w.plain(fmt.Sprintf("%s %s %s", e.Type, e.Actor, e.Text)))
	}
	slices.Sort(steps[""]) // what is noted of the record as a whole has no order among itself
	name, end := "Timeline "+w.names.learn(kindOf(record), record), 0
	for _, c := range signed {
		if c.UID != string(record.GetUID()) {
			continue
		}
		if found := c.Check(entries); len(found) > 0 {
			return fmt.Errorf("the timeline of %s and its checkpoint: %v", record.GetName(), found)
		}
		if c.Length == t.Length {
			end++
		}
	}
	p.lines[name+".end"] = fmt.Sprintf("signed %d times", end)
	for step, list := range steps {
		for i, line := range list {
			p.lines[fmt.Sprintf("%s.%s[%02d]", name, step, i)] = line
		}
	}
	return nil
}

// count adds how the notices ended, and what the receivers took.
func (w *world) count(p *picture, objects []client.Object) error {
	hold := map[v1alpha1.ObjectName]bool{}
	received := map[string]int{}
	for _, m := range append(w.mail.All(), w.hook.All()...) {
		received[m.Key]++
	}
	known := 0
	for _, o := range objects {
		switch o := o.(type) {
		case *v1alpha1.NoticeChannel:
			hold[v1alpha1.ObjectName(o.Name)] = o.Spec.OnUncertain == v1alpha1.OnUncertainHold
		case *v1alpha1.Notice:
			p.notices[w.names.learn("Notice", o)] = ending{uid: string(o.UID), status: o.Status, received: received[string(o.UID)]}
			known += received[string(o.UID)]
		}
	}
	for alias, e := range p.notices {
		e.hold = hold[e.status.Channel]
		p.notices[alias] = e
	}
	if all := len(w.mail.All()) + len(w.hook.All()); all != known {
		return fmt.Errorf("the receivers took %d messages, %d of which belong to no notice", all, all-known)
	}
	return nil
}

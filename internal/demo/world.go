package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/notice/receivers"
)

// World is everything there is at the end of a play, read from the API server and the receivers.
type World struct {
	Complaints  []v1alpha1.Complaint
	Incidents   []v1alpha1.CrisisIncident
	Tasks       []v1alpha1.ResponseTask
	Notices     []v1alpha1.Notice
	PostMortems []v1alpha1.PostMortem
	ConfigMaps  []corev1.ConfigMap
	Secrets     []corev1.Secret
	Teams       []v1alpha1.ResponseTeam
	// Timelines are the whole timelines by the record's UID.
	Timelines map[string][]v1alpha1.TimelineEntry
	Mail      []receivers.Received
	Hooks     []receivers.Received
}

// ReadWorld reads the namespaces of the play past all caches.
func ReadWorld(ctx context.Context, c client.Client, mail, hook *receivers.Books) (*World, error) {
	w := &World{Timelines: map[string][]v1alpha1.TimelineEntry{}, Mail: mail.All(), Hooks: hook.All()}
	for _, namespace := range []string{namespace, estate} {
		if err := w.read(ctx, c, namespace); err != nil {
			return nil, err
		}
	}
	segments := listed{}
	for i := range w.ConfigMaps {
		segments[client.ObjectKeyFromObject(&w.ConfigMaps[i])] = &w.ConfigMaps[i]
	}
	for i := range w.Complaints {
		if err := w.readTimeline(ctx, segments, &w.Complaints[i], w.Complaints[i].Status.Timeline); err != nil {
			return nil, err
		}
	}
	for i := range w.Incidents {
		if err := w.readTimeline(ctx, segments, &w.Incidents[i], w.Incidents[i].Status.Timeline); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// read adds what is in a namespace.
func (w *World) read(ctx context.Context, c client.Client, namespace string) error {
	var complaints v1alpha1.ComplaintList
	var incidents v1alpha1.CrisisIncidentList
	var tasks v1alpha1.ResponseTaskList
	var notices v1alpha1.NoticeList
	var postMortems v1alpha1.PostMortemList
	var maps corev1.ConfigMapList
	var secrets corev1.SecretList
	var teams v1alpha1.ResponseTeamList
	for _, list := range []client.ObjectList{&complaints, &incidents, &tasks, &notices, &postMortems, &maps, &secrets, &teams} {
		if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return fmt.Errorf("read the world: %w", err)
		}
	}
	w.Complaints = append(w.Complaints, complaints.Items...)
	w.Incidents = append(w.Incidents, incidents.Items...)
	w.Tasks = append(w.Tasks, tasks.Items...)
	w.Notices = append(w.Notices, notices.Items...)
	w.PostMortems = append(w.PostMortems, postMortems.Items...)
	w.ConfigMaps = append(w.ConfigMaps, maps.Items...)
	w.Secrets = append(w.Secrets, secrets.Items...)
	w.Teams = append(w.Teams, teams.Items...)
	return nil
}

// listed answers Get from the ConfigMaps that were listed already: a request for each segment would take longer than the
// play's last day.
type listed map[client.ObjectKey]*corev1.ConfigMap

// Get implements client.Reader.
func (l listed) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	found, ok := l[key]
	if !ok {
		return apierrors.NewNotFound(corev1.Resource("configmaps"), key.String())
	}
	found.DeepCopyInto(into.(*corev1.ConfigMap))
	return nil
}

// List implements client.Reader.
func (l listed) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return apierrors.NewMethodNotSupported(corev1.Resource("configmaps"), "list")
}

func (w *World) readTimeline(ctx context.Context, c client.Reader, record client.Object, t v1alpha1.Timeline) error {
	entries, err := history.Read(ctx, c, record.GetNamespace(), record.GetName(), t)
	if err != nil {
		return fmt.Errorf("read the timeline of %s: %w", record.GetName(), err)
	}
	w.Timelines[string(record.GetUID())] = entries
	return nil
}

// text is every object but Secrets as one text, to search it for what must not be there.
func (w *World) text() (map[string]string, error) {
	out := map[string]string{}
	add := func(what string, o any) error {
		data, err := json.Marshal(o)
		if err != nil {
			return err
		}
		out[what] = string(data)
		return nil
	}
	for i := range w.Complaints {
		c := w.Complaints[i].DeepCopy()
		c.Spec.Statement = "" // where the complainant's own words belong
		if err := add("Complaint "+c.Name, c); err != nil {
			return nil, err
		}
	}
	for _, list := range []struct {
		kind  string
		items any
	}{{"CrisisIncidents", w.Incidents}, {"ResponseTasks", w.Tasks}, {"Notices", w.Notices}, {"PostMortems", w.PostMortems}, {"ConfigMaps", w.ConfigMaps}} {
		if err := add(list.kind, list.items); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// contacts are the names, addresses and numbers of complainants, from the Secrets.
func (w *World) contacts() []string {
	var out []string
	for i := range w.Secrets {
		if !strings.HasSuffix(w.Secrets[i].Name, "-contact") {
			continue
		}
		for _, key := range []string{"name", "email", "phone"} {
			if v := string(w.Secrets[i].Data[key]); len([]rune(v)) > 2 {
				out = append(out, v)
			}
		}
	}
	return out
}

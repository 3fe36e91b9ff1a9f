package cli

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/replay"
)

// listAll reads lists of the namespace.
func (c *cluster) listAll(ctx context.Context, lists ...client.ObjectList) error {
	for _, list := range lists {
		if err := c.List(ctx, list, client.InNamespace(c.namespace)); err != nil {
			return err
		}
	}
	return nil
}

// history is what is recorded in the namespace.
func (c *cluster) history(ctx context.Context) (replay.History, error) {
	var complaints v1alpha1.ComplaintList
	var incidents v1alpha1.CrisisIncidentList
	var tasks v1alpha1.ResponseTaskList
	if err := c.listAll(ctx, &complaints, &incidents, &tasks); err != nil {
		return replay.History{}, err
	}
	if len(complaints.Items)+len(incidents.Items) == 0 {
		if err := c.exists(ctx); err != nil {
			return replay.History{}, err
		}
	}
	return replay.FromCluster(c.namespace, complaints.Items, incidents.Items, tasks.Items), nil
}

// policies is what the namespace runs, as a pack.
func (c *cluster) policies(ctx context.Context) (*pack.Pack, error) {
	var playbooks v1alpha1.PlaybookList
	var triage v1alpha1.TriagePolicyList
	var teams v1alpha1.ResponseTeamList
	var calendars v1alpha1.BusinessCalendarList
	var channels v1alpha1.NoticeChannelList
	if err := c.listAll(ctx, &playbooks, &triage, &teams, &calendars, &channels); err != nil {
		return nil, err
	}
	if len(playbooks.Items)+len(triage.Items) == 0 {
		return nil, usagef("namespace %s runs neither a Playbook nor a TriagePolicy; name the policy with --before", c.namespace)
	}
	p := pack.New()
	byName(p.Playbooks, playbooks.Items)
	byName(p.Policies, triage.Items)
	byName(p.Teams, teams.Items)
	byName(p.Calendars, calendars.Items)
	byName(p.Channels, channels.Items)
	return p, nil
}

// byName puts objects into a map by name.
func byName[T any, P interface {
	*T
	client.Object
}](into map[string]P, items []T) {
	for i := range items {
		into[P(&items[i]).GetName()] = P(&items[i])
	}
}

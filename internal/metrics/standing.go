package metrics

import "github.com/prometheus/client_golang/prometheus"

// What is told at a scrape.
var (
	buildInfo   = desc("tocsin_build_info", "The release that runs; always 1.", "version", "goversion")
	leader      = desc("tocsin_leader", "1 in the replica that leads, 0 in those that stand by.")
	wakes       = desc("tocsin_wakes_pending", "Wake-ups that wait for their time.")
	checkpoints = desc("tocsin_checkpoints_pending", "Heads of timelines that were not signed and kept yet.")

	recordsOpen   = desc("tocsin_records_open", "Open complaints and incidents, exercises left out.", "kind", "level")
	recordsStuck  = desc("tocsin_records_stuck", "Open records that find nobody to ask, or whose way somebody has to clear.", "kind")
	oldestOpen    = desc("tocsin_records_oldest_open_age_seconds", "How long ago the oldest open record was received (complaint) or opened (incident); 0: none is open.", "kind")
	stepsOverdue  = desc("tocsin_steps_overdue", "Steps that wait and are past their deadline.", "kind")
	oldestOverdue = desc("tocsin_deadlines_oldest_overdue_age_seconds", "How long ago the oldest deadline passed that is still unanswered; 0: none.", "kind")
	unnoticed     = desc("tocsin_deadlines_unnoticed", "Open records with a deadline that passed more than a minute ago and that the manager has not noticed: nobody was told.", "kind")
	calendars     = desc("tocsin_calendars_ending", "Business calendars whose public holidays are not known for the next weeks (condition HolidaysKnown is False).")
	policies      = desc("tocsin_policies", "Playbooks and triage policies by what condition Verified says of them as they are written: True, False or Unknown.", "kind", "verified")
	tasksOpen     = desc("tocsin_tasks_open", "Tasks that wait for somebody, exercises left out.", "type")
	tasksOverdue  = desc("tocsin_tasks_overdue", "Open tasks past their deadline, exercises left out.", "type")
	notices       = desc("tocsin_notices", "Notices that exist, by state and the kind of the channel tried last (none: not tried, or the channel is gone), exercises and tests of channels left out.", "state", "channel")
)

var standing = []*prometheus.Desc{
	buildInfo, leader, wakes, checkpoints, recordsOpen, recordsStuck, oldestOpen, stepsOverdue, oldestOverdue, unnoticed,
	calendars, policies, tasksOpen, tasksOverdue, notices,
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func gauge(ch chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

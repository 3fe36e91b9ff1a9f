// Package v1alpha1 holds the nouns of Tocsin: the policy kinds people write and review in Git (Playbook,
// TriagePolicy, ResponseTeam, BusinessCalendar, NoticeChannel, DrillSchedule) and the record kinds intake, people and
// controllers write (Complaint, CrisisIncident, ResponseTask, Notice, PostMortem).
//
// Conventions used everywhere: a span of time is a Duration string such as "1d", "4h" or "1h30m"; a step, role or duty
// name is an identifier that CEL can spell; a user is a Kubernetes user name; personal data of a complainant is never
// in these objects but in the Secret named by spec.complainant.contactSecret.
//
// +kubebuilder:object:generate=true
// +groupName=crisis.tocsin.dev
package v1alpha1

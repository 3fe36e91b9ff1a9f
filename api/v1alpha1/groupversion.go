package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Group is the API group of every Tocsin kind.
const Group = "crisis.tocsin.dev"

var (
	// GroupVersion is the group and version of the kinds in this package.
	GroupVersion = schema.GroupVersion{Group: Group, Version: "v1alpha1"}

	// SchemeBuilder collects the functions that register the kinds of this package.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme registers the kinds of this package with a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&BusinessCalendar{}, &BusinessCalendarList{},
		&Complaint{}, &ComplaintList{},
		&CrisisIncident{}, &CrisisIncidentList{},
		&DrillSchedule{}, &DrillScheduleList{},
		&Notice{}, &NoticeList{},
		&NoticeChannel{}, &NoticeChannelList{},
		&Playbook{}, &PlaybookList{},
		&PostMortem{}, &PostMortemList{},
		&ResponseTask{}, &ResponseTaskList{},
		&ResponseTeam{}, &ResponseTeamList{},
		&TriagePolicy{}, &TriagePolicyList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}

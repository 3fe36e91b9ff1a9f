package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Weekday is a day of the week.
// +kubebuilder:validation:Enum=Mon;Tue;Wed;Thu;Fri;Sat;Sun
type Weekday string

// ClockTime is a time of day as HH:MM; 24:00 is the end of the day.
// +kubebuilder:validation:MinLength=5
// +kubebuilder:validation:MaxLength=5
// +kubebuilder:validation:Pattern=`^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$`
type ClockTime string

// Date is a day as YYYY-MM-DD.
// +kubebuilder:validation:MinLength=10
// +kubebuilder:validation:MaxLength=10
// +kubebuilder:validation:Pattern=`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
type Date string

// BusinessCalendarSpec is when the organisation works.
type BusinessCalendarSpec struct {
	// timeZone is the IANA name, e.g. Asia/Shanghai.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`

	// hours are the opening hours by day of the week; several entries a day make a break.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Hours []OpeningHours `json:"hours,omitempty"`

	// publicHolidays are lists of days kept elsewhere. A later one wins over an earlier one, holidays and workdays below
	// over all of them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	PublicHolidays []HolidaySource `json:"publicHolidays,omitempty"`

	// holidays are days without work.
	// +optional
	// +listType=map
	// +listMapKey=date
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=512
	Holidays []CalendarDay `json:"holidays,omitempty"`

	// workdays are days worked although the week says otherwise (make-up days); they have the hours of `like`.
	// +optional
	// +listType=map
	// +listMapKey=date
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=512
	Workdays []CalendarDay `json:"workdays,omitempty"`
}

// Country is a country whose public holidays are built in.
// +kubebuilder:validation:Enum=CN
type Country string

// CountryChina has its holidays and make-up working days from 2002 to the last year published when this release was made.
const CountryChina Country = "CN"

// SourceLists says what the days of a source are.
// +kubebuilder:validation:Enum=Holidays;Workdays
type SourceLists string

// What the days of a source are: days without work, or days worked although the week says otherwise.
const (
	SourceHolidays SourceLists = "Holidays"
	SourceWorkdays SourceLists = "Workdays"
)

// HolidaySource is a list of days kept elsewhere: built in for a country, or an iCalendar file.
// +kubebuilder:validation:ExactlyOneOf=country;iCal
// +kubebuilder:validation:XValidation:rule="has(self.iCal) || !has(self.lists) && !has(self.knownUntil)",message="lists and knownUntil are for iCal; what is built in for a country says both itself"
type HolidaySource struct {
	// country takes the days from what is built in. Give those of any other country as iCal.
	// +optional
	Country Country `json:"country,omitempty"`

	// iCal is the text of an iCalendar file (RFC 5545) of all-day events, at most 64 KiB, 512 events and 64 recurring ones.
	// A recurring event recurs yearly, monthly or weekly.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=65536
	ICal string `json:"iCal,omitempty"`

	// lists says what the events of iCal are. Default: Holidays.
	// +optional
	Lists SourceLists `json:"lists,omitempty"`

	// like is the day of the week whose hours the working days of the source have. Default: Mon.
	// +optional
	Like Weekday `json:"like,omitempty"`

	// knownUntil is the last day that iCal speaks of. Default: the end of the year of its last event that does not recur for
	// ever; without such an event it speaks of every day.
	// +optional
	KnownUntil Date `json:"knownUntil,omitempty"`
}

// OpeningHours is a stretch of work within one day. A shift over midnight is written as two.
// +kubebuilder:validation:XValidation:rule="self.from < self.to",message="from must be before to; write a shift over midnight as two entries: one up to 24:00, and one from 00:00 on the days after"
type OpeningHours struct {
	// days are the days of the week.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=7
	Days []Weekday `json:"days,omitempty"`

	// from is the first minute of work.
	// +required
	From ClockTime `json:"from,omitempty"`

	// to is the end of work.
	// +required
	To ClockTime `json:"to,omitempty"`
}

// CalendarDay is a special day.
type CalendarDay struct {
	// date is the day, in the calendar's time zone.
	// +required
	Date Date `json:"date,omitempty"`

	// name says what day it is.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Name string `json:"name,omitempty"`

	// like is the day of the week whose hours a make-up working day has. Default: Mon.
	// +optional
	Like Weekday `json:"like,omitempty"`
}

// BusinessCalendarStatus says whether the calendar can be used.
type BusinessCalendarStatus struct {
	// conditions are `Ready` (the calendar has working time; reason NoWorkingTime, UnknownTimeZone, UnusableSource or Unusable
	// otherwise) and `HolidaysKnown` (the lists of publicHolidays reach far enough; reason EndingSoon from 60 days before their
	// last day, Ended after it, with the day and what to do).
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec the status speaks of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// version is what deadlines say they were counted by: the first characters of a digest of everything that counts, the days
	// of publicHolidays included.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Version string `json:"version,omitempty"`

	// knownUntil is the last day for which publicHolidays speak. Empty: there are none, or they have no end.
	// +optional
	KnownUntil Date `json:"knownUntil,omitempty"`
}

// BusinessCalendar is when an organisation works: opening hours, holidays, make-up working days, time zone.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=bcal
// +kubebuilder:printcolumn:name="Time zone",type=string,JSONPath=`.spec.timeZone`
// +kubebuilder:printcolumn:name="Holidays until",type=string,JSONPath=`.status.knownUntil`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type BusinessCalendar struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is when the organisation works.
	// +required
	Spec BusinessCalendarSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	Status BusinessCalendarStatus `json:"status,omitzero"`
}

// BusinessCalendarList is a list of BusinessCalendars.
// +kubebuilder:object:root=true
type BusinessCalendarList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []BusinessCalendar `json:"items"`
}

package v1alpha1

// Duration is a span of time written as days, hours, minutes and seconds in that order, e.g. "1d", "4h", "1h30m",
// "90s". Which time it counts is said by where it stands: in Span.Elapsed and everywhere it stands alone a day is
// 24 hours on the wall; in Span.Working a day is one working day of the calendar and an hour one opening hour.
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=24
// +kubebuilder:validation:Pattern=`^([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?$`
type Duration string

// Span is a length of time, either elapsed or working time of the playbook's calendar.
// +kubebuilder:validation:ExactlyOneOf=elapsed;working
type Span struct {
	// elapsed is time on the wall, day and night, e.g. "24h".
	// +optional
	Elapsed Duration `json:"elapsed,omitempty"`

	// working is time of the playbook's BusinessCalendar, e.g. "1d" (one working day) or "4h" (four opening hours).
	// A playbook that uses it must name a calendar.
	// +optional
	Working Duration `json:"working,omitempty"`
}

// Deadline is a Span counted from an event.
// +kubebuilder:validation:ExactlyOneOf=elapsed;working
type Deadline struct {
	// elapsed is time on the wall, day and night, e.g. "24h".
	// +optional
	Elapsed Duration `json:"elapsed,omitempty"`

	// working is time of the playbook's BusinessCalendar, e.g. "1d" or "4h".
	// +optional
	Working Duration `json:"working,omitempty"`

	// of names the event the deadline counts from: "started" (the step began; the default), "received" (the complaint
	// was received, or the incident raised), "graded" (the level in force was set), or the name of a step (its end).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	Of string `json:"of,omitempty"`
}

package demo

import "fmt"

// Summary is what came of a play; it is written as JSON.
type Summary struct {
	// WallSeconds is how long the play took, ClockFactor how many seconds of the play one second was.
	WallSeconds float64 `json:"wallSeconds"`
	ClockFactor float64 `json:"clockFactor"`

	Complaints struct {
		Created int            `json:"created"`
		Graded  int            `json:"graded"`
		Closed  int            `json:"closed"`
		ByLevel map[string]int `json:"byLevel"`
	} `json:"complaints"`
	Incidents struct {
		Opened int `json:"opened"`
		Closed int `json:"closed"`
	} `json:"incidents"`
	Notices struct {
		Created            int `json:"created"`
		Delivered          int `json:"delivered"`
		Uncertain          int `json:"uncertain"`
		Failed             int `json:"failed"`
		Suppressed         int `json:"suppressed"`
		Pending            int `json:"pending"`
		ReceivedBySMTP     int `json:"receivedBySMTP"`
		ReceivedByWebhook  int `json:"receivedByWebhook"`
		DuplicatesReceived int `json:"duplicatesReceived"`
	} `json:"notices"`
	Tasks struct {
		Created   int `json:"created"`
		Done      int `json:"done"`
		Escalated int `json:"escalated"`
	} `json:"tasks"`
	Deadlines struct {
		Set        int `json:"set"`
		Met        int `json:"met"`
		Missed     int `json:"missed"`
		FiredTwice int `json:"firedTwice"`
		NeverFired int `json:"neverFired"`
	} `json:"deadlines"`
	Drills struct {
		Run            int `json:"run"`
		ReachedOutside int `json:"reachedOutside"`
	} `json:"drills"`
	// Households is what came of the second pack: how many complaints were part of the crisis, how many of them were told the
	// decision exactly once, how many cases were raised because a month had passed.
	Households struct {
		InCrisis         int `json:"inCrisis"`
		ToldOnce         int `json:"toldOnce"`
		RaisedByTheMonth int `json:"raisedByTheMonth"`
	} `json:"households"`
	PostMortems int         `json:"postMortems"`
	Refusals    Refusals    `json:"refusals"`
	Invariants  []Invariant `json:"invariants"`
}

// Invariant is a promise of the design and whether it held.
type Invariant struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// deadlines says what became of the deadlines, so that the figures add up.
func (s *Summary) deadlines() string {
	d := &s.Deadlines
	return fmt.Sprintf("%d set, %d met, %d missed, %d stopped before they fell due; fired twice %d, never %d",
		d.Set, d.Met, d.Missed, d.Set-d.Met-d.Missed, d.FiredTwice, d.NeverFired)
}

// Held says whether every invariant held.
func (s *Summary) Held() bool {
	for _, i := range s.Invariants {
		if !i.OK {
			return false
		}
	}
	return true
}

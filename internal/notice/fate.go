package notice

// Fate is what is known about an attempt. The zero value is the careful one.
type Fate int

// What is known about an attempt.
const (
	// Unknown: the message may have been handed over, and nobody answered.
	Unknown Fate = iota
	// NotSent: it was certainly not taken, and a later attempt may succeed.
	NotSent
	// Refused: it was certainly not taken and never will be.
	Refused
	// Delivered: the receiver took it.
	Delivered
)

// String returns the fate in one word, for logs.
func (f Fate) String() string {
	switch f {
	case NotSent:
		return "NotSent"
	case Refused:
		return "Refused"
	case Delivered:
		return "Delivered"
	default:
		return "Unknown"
	}
}

// Result is what an attempt led to. It holds no personal data: what receivers answer may repeat addresses, so only
// codes and message ids are taken over from them.
type Result struct {
	// Fate is what is known.
	Fate Fate
	// Receipt is the receiver's code and message id, at most 256 characters; empty when nobody answered.
	Receipt string
	// Problem says in words what went wrong and, where it is known, what to do; empty when delivered.
	Problem string
}

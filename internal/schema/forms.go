package schema

// form is what a regular expression of a schema asks for, in words, with texts that have it.
type form struct {
	words    string
	examples []string
}

const small = "[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*"

// forms are the regular expressions of the schemas. Nobody who writes a policy reads one.
var forms = map[string]form{
	"^([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?$": {"write days, hours, minutes, seconds in this order", []string{"1d", "4h", "1h30m", "90s"}},
	"^(([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?|(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))$": {
		"write how long after, or a date with its time zone", []string{"4h", "1d12h", "2026-03-02T17:00:00+08:00"}},
	"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$": {
		"write a date, a time and its time zone", []string{"2026-03-02T17:00:00+08:00", "2026-03-02T09:00:00Z"}},
	"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$":             {"write a time of day; 24:00 is the end of the day", []string{"09:00", "24:00"}},
	"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": {"write a day", []string{"2026-03-02"}},
	"^[A-Z]{3}$":                      {"write three capital letters", []string{"CNY"}},
	"^[A-Z]+$":                        {"write capital letters", []string{"TS"}},
	"^[A-Za-z0-9._-]+$":               {"use letters, digits, dots, hyphens and underscores", []string{"smtp-password"}},
	"^[A-Za-z]+=[0-9a-f]{8}$":         {"write a name, = and eight digits or letters from a to f", []string{"remedy=0a1b2c3d"}},
	"^[A-Za-z][A-Za-z0-9-]*$":         {"begin with a letter, then use letters, digits and hyphens", []string{"departmentManager", "product-defect"}},
	"^[a-z][A-Za-z0-9-]*$":            {"begin with a small letter, then use letters, digits and hyphens", []string{"departmentManager", "service-desk"}},
	"^[a-z][A-Za-z0-9]*$":             {"begin with a small letter, then use letters and digits", []string{"approveRemedy"}},
	"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$": {"use small letters, digits and hyphens; begin and end with a letter or digit", []string{"qian-bo"}},
	"^" + small + "$":                 {"use small letters, digits, hyphens and dots; begin and end with a letter or digit", []string{"service-recovery"}},
	"^https?://":                      {"begin with https:// or http://", []string{"https://pager.example.com/tocsin"}},
	`^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$`: {"use letters, digits, hyphens, underscores and dots", []string{"Ready"}},
	"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$": {"begin with a letter, then use letters, digits and underscores", []string{"NoEnd"}},
}

package drill

import (
	"fmt"
	"strings"

	cron "github.com/netresearch/go-cron"
)

// fiveFields reads cron with neither seconds nor words such as @every.
var fiveFields = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// cronFields are the fields of cron in their order, each with what it can hold.
var cronFields = [...]struct{ name, holds string }{
	{"minute", "0 to 59"},
	{"hour", "0 to 23"},
	{"day of month", "1 to 31"},
	{"month", "1 to 12, or JAN to DEC"},
	{"day of week", "0 to 7, or SUN to SAT; 0 and 7 are Sunday"},
}

const cronAdvice = `write five fields (minute, hour, day of month, month, day of week) such as "0 10 1 */3 *"`

// readCron reads when drills take place; the defect says which field is wrong and what it can hold.
func readCron(text string) (cron.Schedule, *Defect) {
	if strings.Contains(text, "=") {
		return nil, &Defect{BadCron, "spec.cron: the time zone belongs into spec.timeZone; " + cronAdvice}
	}
	fields := strings.Fields(text)
	if len(fields) != len(cronFields) {
		return nil, &Defect{BadCron, fmt.Sprintf("spec.cron: %q has %d fields; %s", text, len(fields), cronAdvice)}
	}
	schedule, err := fiveFields.Parse(text)
	if err == nil {
		return schedule, nil
	}
	for i, field := range fields {
		alone := []string{"*", "*", "*", "*", "*"}
		alone[i] = field
		if _, err := fiveFields.Parse(strings.Join(alone, " ")); err != nil {
			return nil, &Defect{BadCron, fmt.Sprintf("spec.cron: in %q the %s %q cannot be read; write %s, * for any, */n for every n-th, a list as 1,3 or a range as 1-3",
				text, cronFields[i].name, field, cronFields[i].holds)}
		}
	}
	return nil, &Defect{BadCron, fmt.Sprintf("spec.cron: %q cannot be read; %s", text, cronAdvice)}
}

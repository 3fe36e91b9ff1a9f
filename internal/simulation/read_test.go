package simulation

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/playbooks"
)

func TestWhatIsWrongWithACastNamesItsLine(t *testing.T) {
	for text, says := range map[string][]string{
		"seed: 1\nanswer: []": {"cast.yaml:2: answer: there is no such field"},
		"answers:\n- steps: [a]\n  after: {median: 2h, slow: 1h}":       {"cast.yaml:3: answers[0].after.slow: 1h is less than the median"},
		"answers:\n- {never: true}\n- declines: 101\n  stepps: [x]":     {"cast.yaml:3: answers[1].declines: 101", "cast.yaml:4: answers[1].stepps: there is no such field"},
		"answers:\n- {steps: [no]}":                                     {"cast.yaml:2: answers[0].steps[0]: true or false stands where a text is read: put quotes around no, because y, n, yes, no, on, off, true, false and numbers are no texts without; docs/spec/simulation.md says"},
		"seed: 1\nanswers:\n- declines: many":                           {"cast.yaml:3: answers[0].declines: a text stands where a whole number is read; docs/spec/simulation.md says"},
		"seed: 1\nseed: 2":                                              {"cast.yaml:2: seed: it stands here twice"},
		"answers: &a []\naway: *a":                                      {"cast.yaml:1: answers: it has the anchor &a", "cast.yaml:2: away: it refers to the anchor &a"},
		"answers:\n- {steps: ['['], after: {median: soon}}":             {"answers[0].after.median", "answers[0].steps[0]"},
		"away:\n- {user: a, from: 2026-03-02T00:00:00Z, to: yesterday}": {"cast.yaml:2: away[0].to: yesterday is no moment: write day, time and zone, e.g. 2026-03-02T09:00:00Z"},
		"seed: 1\nstart: 2026-03-02":                                    {"cast.yaml:2: start: 2026-03-02 is no moment: write day, time and zone"},
		"- a":                                                           {"cast.yaml:1: the document is no object"},
		"seed: 1\n---\nseed: 2":                                         {"cast.yaml:3: there is a second document"},
		"seed: [":                                                       {"cast.yaml:"},
		"acts:\n- {record: x, after: 1h, act: {verb: Abort}}":           {"cast.yaml:2: acts[0].act: an act needs"},
		"answers:\n- {shares: {a: 0}}\n- {shares: {a: 1}, outcomes: [b]}\n- {shares: {a: -1, b: 4}}\n": {"cast.yaml:2:", "cast.yaml:3:", "cast.yaml:4: answers[2].shares.a: -1"},
		"answers:\n- shares: {a: 9000000000000000000, b: 9000000000000000000}\n":                       {"cast.yaml:2: answers[0].shares.a: 9000000000000000000 is no weight; write a number from 0 to 1000000"},
		"start: 2262-04-12T00:00:00Z":                                                {"cast.yaml:1: start: 2262-04-12T00:00:00Z is not in the years 1970 to 2199"},
		"seed: 1\nstart: 1969-12-31T23:59:59Z":                                       {"cast.yaml:2: start: 1969-12-31T23:59:59Z is not in the years"},
		"away:\n- user: a\n  from: 2026-03-02T00:00:00Z\n  to: 2200-01-01T00:00:00Z": {"cast.yaml:4: away[0].to: 2200"},
	} {
		g := NewWithT(t)
		_, err := ParseCast("cast.yaml", []byte(text))
		g.Expect(err).To(HaveOccurred(), text)
		for _, say := range says {
			g.Expect(err.Error()).To(ContainSubstring(say), text)
		}
	}
}

// Answers that no playbook asks for are told, with what is likely meant.
func TestACastThatFitsNoPlaybook(t *testing.T) {
	p := load(t, playbooks.ServiceRecovery)
	for text, says := range map[string]string{
		"answers:\n- {steps: [checkFact], never: true}":                      `cast.yaml:2: answers[0].steps[0]: there is no step "checkFact"; did you mean checkFacts?`,
		"answers:\n- {steps: [checkFacts, 'chek*'], never: true}":            `cast.yaml:2: answers[0].steps[1]: no step fits "chek*"`,
		"answers:\n- steps: [checkFacts]\n  outcomes: [founded, foundet]":    `cast.yaml:3: answers[0].outcomes[1]: none of the steps it speaks of has the outcome "foundet"; did you mean founded?`,
		"answers:\n- steps: [check*]\n  shares: {unfounded: 20, fonded: 80}": `cast.yaml:3: answers[0].shares.fonded: none of the steps it speaks of has the outcome "fonded"; did you mean founded?`,
		"answers:\n- outcomes: [satisfed]":                                   `did you mean satisfied?`,
		"answers:\n- {steps: [followUp], outcomes: [founded]}":               `none of the steps it speaks of has the outcome "founded"; there are: `,
		"answers:\n- {steps: [approveRemedy], outcomes: [aproved]}":          `did you mean approved?`,
		"hours: ofice-hours": `cast.yaml:1: hours: there is no BusinessCalendar "ofice-hours"; did you mean office-hours?`,
		"answers:\n- {users: [qian.bo@exmple.com], never: true}":                                                         `cast.yaml:2: answers[0].users[0]: there is no person "qian.bo@exmple.com"; did you mean qian.bo@example.com?`,
		"acts:\n- {record: example-lamp, after: 1h, act: {verb: Ask, by: sun.li@example.com, to: sun.lo@example.com}}":   `cast.yaml:2: acts[0].act.to: there is no person "sun.lo@example.com"; did you mean sun.li@example.com?`,
		"away:\n- {user: nobody@example.com, from: 2026-03-02T00:00:00Z, to: 2026-03-09T00:00:00Z}":                      `cast.yaml:2: away[0].user: there is no person`,
		"acts:\n- {record: example-lamp, after: 1h, act: {verb: Abotr, by: qian.bo@example.com}}":                        `cast.yaml:2: acts[0].act.verb: nobody can do "Abotr" to a record; did you mean Abort?`,
		"acts:\n- {record: example-lmp, after: 1h, act: {verb: Abort, by: qian.bo@example.com}}":                         `cast.yaml:2: acts[0].record: there is no record "example-lmp"; did you mean example-lamp?`,
		"acts:\n- {record: example-lamp, after: 1h, act: {verb: Abort, by: sun.lo@example.com}}":                         `cast.yaml:2: acts[0].act.by: there is no person "sun.lo@example.com"; did you mean sun.li@example.com?`,
		"acts:\n- {record: example-lamp, after: 1h, act: {verb: Raise, level: mayor, by: sun.li@example.com}}":           `cast.yaml:2: acts[0].act.level: there is no level "mayor"; did you mean major? there are: `,
		"acts:\n- {record: example-lamp, after: 1h, act: {verb: Skip, step: recover/planRemdy, by: sun.li@example.com}}": `cast.yaml:2: acts[0].act.step: there is no step "recover/planRemdy"; did you mean recover/planRemedy?`,
		"acts:\n- {record: example-lamp, after: 1h, act: {verb: HandOver, role: handlr, by: sun.li@example.com}}":        `cast.yaml:2: acts[0].act.role: there is no role "handlr"; did you mean handler?`,
		"acts:\n- {record: example-lmp/incident, after: 1h, act: {verb: Abort, by: qian.bo@example.com}}":                `cast.yaml:2: acts[0].record: there is no record "example-lmp"; did you mean example-lamp?`,
		"acts:\n- {record: example-lamp, after: 1h, act: {verb: Merge, into: example-lmp, by: qian.bo@example.com}}":     `cast.yaml:2: acts[0].act.into: there is no record "example-lmp"; did you mean example-lamp?`,
		"outages:\n- {channel: post, from: 2026-03-02T00:00:00Z, to: 2026-03-09T00:00:00Z}":                              `cast.yaml:2: outages[0].channel: there is no NoticeChannel "post"; there are: `,
	} {
		_, err := ParsePlay("cast.yaml", []byte(text), p)
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring(says)), text)
	}
	for _, text := range []string{"answers:\n- {steps: ['*'], outcomes: [founded, satisfied, refused]}", "answers:\n- {steps: ['1'], never: true}", "answers:\n- {steps: [correctiveAction, verifyAction], never: true}", "seed: 3",
		"acts: [{record: incident-123, after: 1h, act: {verb: Comment, by: a}}, {record: example-lamp-raise-1, after: 1h, act: {verb: Comment, by: a}}, {record: example-lamp/incident, after: 1h, act: {verb: Skip, step: asked/1, by: a}}]"} {
		_, err := ParsePlay("cast.yaml", []byte(text), p)
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), text)
	}
}

// A load brings complaints of its own, and so many: what is done to those that they are like, or to others, is done to nothing.
func TestActsOnWhatALoadDoesNotBring(t *testing.T) {
	p, bears := load(t, playbooks.ServiceRecovery), &Load{Complaints: 12}
	read := func(record, into string) error {
		_, err := ParseLoadCast("cast.yaml", []byte("acts:\n- {record: "+record+", after: 1h, act: {verb: Comment, reason: x, by: sun.li@example.com, into: '"+into+"'}}"), p, bears)
		return err
	}
	NewWithT(t).Expect(read("example-lamp", "")).To(MatchError(ContainSubstring(`cast.yaml:2: acts[0].record: "example-lamp" does not come in: ` +
		`the load brings load-0000001 to load-0000012, which are like the complaints of the files; take the act out, or name one of them`)))
	for _, record := range []string{"load-1", "load-0000000", "load-0000013", "load-0000013/incident", "load-0000001/incidents"} {
		NewWithT(t).Expect(read(record, "")).To(MatchError(ContainSubstring(`cast.yaml:2: acts[0].record: "`+record+`" does not come in`)), record)
	}
	NewWithT(t).Expect(read("load-0000001", "load-0000013")).To(MatchError(ContainSubstring(`cast.yaml:2: acts[0].act.into: "load-0000013" does not come in`)))
	for _, record := range []string{"load-0000001", "load-0000012", "load-0000012/incident", "load-0000012-raise-1", "incident-1"} {
		NewWithT(t).Expect(read(record, "load-0000001")).To(Succeed(), record)
	}
}

func TestWhatIsWrongWithALoadNamesItsLine(t *testing.T) {
	p := load(t, playbooks.ServiceRecovery)
	for text, says := range map[string]string{
		"days: 3": "complaints: say how many come in",
		"complaints: 1\nkinds:\n- like: example-lmp": `load.yaml:3: kinds[0].like: the files hold no complaint "example-lmp"; did you mean example-lamp? there are example-`,
		"complaints: 0":                                               "load.yaml:1: complaints: say how many come in, from 1",
		"complaints: 3\ndays: 0":                                      "load.yaml:2: days: write 1 to 3660, or leave it out for 365",
		"complaints: 3\nkinds:\n- places: 0":                          "load.yaml:3: kinds[0].places: write 1 to 1000000, or leave it out",
		"complaints: 10\nhours: [1, 2]":                               "load.yaml:2: hours: write 24 weights",
		"complaints: 10\nweekdays: [0,0,0,0,0,0,0]":                   "load.yaml:2: weekdays: write 7 weights that are not all 0",
		"complaints: 10\ntimeZone: Mars":                              `load.yaml:2: timeZone: there is no time zone "Mars"`,
		"complaints: 10\nkinds:\n- {share: 0}":                        "load.yaml:2: kinds: their shares add up to nothing",
		"complaints: 10\nkinds:\n- share: -1":                         "load.yaml:3: kinds[0].share",
		"complaints: 10\nkinds:\n- signals: {a: 101}":                 "load.yaml:3: kinds[0].signals.a: 101",
		"complaints: 10\nkinds:\n- signals: {agitatet: 10, other: 5}": `load.yaml:3: kinds[0].signals.agitatet: no TriagePolicy declares the signal "agitatet"; did you mean agitated?`,
		"complaints: 10\nkinds:\n- channels: {Phone: 0}":              "kinds[0].channels: the weights are all 0",
		"complaints: 10\nkinds:\n- channels: {Phon: 100}":             `load.yaml:3: kinds[0].channels.Phon: complaint.channel is never "Phon"; did you mean Phone?`,
		"complaints: 10\nkinds:\n- categories: {Bad One: 1}":          `load.yaml:3: kinds[0].categories.Bad One: complaint.category is never "Bad One"; write a small letter`,
		"complaints: 1000000\ndays: 1":                                "load.yaml:1: complaints: 1000000 a day are more than the 100000 that are held in memory",
		"complaints: 100000000":                                       "load.yaml:1: complaints",
		"complaints: 1.5":                                             "load.yaml:1: complaints: the number 1.5 stands where a whole number is read",
		"complaints: 3\ndays: 9223372036854775808":                    "load.yaml:2: days: the number 9223372036854775808 is too large where a whole number is read",
		"complaints: 123456789012345678901234567890":                  "load.yaml:1: complaints: the number 123456789012345678901234567890 is too large where a whole number is read",
		"complaints: '5'":                                             "load.yaml:1: complaints: a text stands where a whole number is read",
		"complaints: 3\nseed: -1":                                     "load.yaml:2: seed: the number -1 is too small where a whole number, 0 or more is read",
		"complaints: 3\nkinds:\n- {}\n- {like: x}":                    `load.yaml:4: kinds[1].like: the files hold no complaint "x"; there are example-hotline, example-lamp`,
	} {
		g := NewWithT(t)
		_, err := ParseLoad("load.yaml", []byte(text), p)
		g.Expect(err).To(MatchError(ContainSubstring(says)), text)
	}
}

// FuzzLoad feeds any text: it is read or explained, with the file; what is read comes in.
func FuzzLoad(f *testing.F) {
	p := load(f, playbooks.ServiceRecovery)
	for _, seed := range []string{
		"", "complaints: 3", "seed: 3\ncomplaints: 9\ndays: 2\ntimeZone: Asia/Shanghai\nweekdays: [10, 9, 9, 9, 10, 5, 4]",
		"complaints: 2\nkinds: [{like: example-lamp, share: 70, channels: {Phone: 4}, products: 3, complainants: 2}, {signals: {agitated: 100}}]", "kinds: [{}]", "days: 1e9",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ParseLoad("load.yaml", text, p)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "load.yaml") {
				t.Fatalf("it does not say where: %v", err)
			}
			return
		}
		l.Complaints = min(l.Complaints, 3)
		s := New(p, &Cast{})
		if err := s.Bear(l); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(s.Now().Add(48 * time.Hour)); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzCast feeds any text: it is read or explained, with the file; what is read can be played.
func FuzzCast(f *testing.F) {
	p := load(f, playbooks.ServiceRecovery)
	for _, seed := range []string{
		"", "seed: 7", "hours: office-hours\nanswers:\n- {steps: [check*], after: {median: 2h, slow: 9h}, shares: {founded: 80, unfounded: 20}}",
		"answers: [{users: [a], never: true}, {declines: 5, outcomes: [x]}]\naway: [{user: a, from: '2026-03-02T00:00:00Z', to: '2026-03-09T00:00:00Z'}]",
		"acts: [{record: example-lamp, after: 3h, act: {verb: Comment, by: b}}]\nremedy: {kinds: [Refund], reason: r}", "a: &b c", "\t", "answers: 3",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		cast, err := ParseCast("cast.yaml", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "cast.yaml") {
				t.Fatalf("it does not say where: %v", err)
			}
			return
		}
		s := New(p, cast)
		for _, c := range p.Complaints {
			s.Complain(c.DeepCopy(), s.Now())
		}
		if _, err := s.Run(s.Now().Add(12 * time.Hour)); err != nil {
			t.Fatal(err)
		}
	})
}

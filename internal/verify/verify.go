package verify

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/internal/timing"
)

// File is a file and what it holds.
type File struct {
	Name string
	Text []byte
}

// Subject is what is judged: all files together, as one namespace.
type Subject struct {
	// Pack are the objects the API server would take, with its defaults.
	Pack *pack.Pack
	// Plans are the playbooks that compile, by name; sub-playbooks alone are among them where they can stand alone.
	Plans map[string]*playbook.Plan
	// Teams are the teams of the pack.
	Teams *roster.Roster
	// Now is when it is judged.
	Now time.Time

	// around is whether only that is asked which can change while the texts stay as they are.
	around bool

	documents map[string]pack.Document // by kind/name
	broken    map[string]bool          // kind/name of what is there and the API server would not take
	unread    bool                     // whether a file, or a part of one, could not be read
	people    []somebody
	findings  []Finding
	options   Options
	unknown   []unknown
	rows      []Time
	studied   *timing.Study
	stop      func() bool
}

// Bounds that end what nobody wrote by hand. A namespace of a large organisation has a hundred policies.
const (
	mostObjects  = 2000
	mostOfObject = 100
	mostFindings = 2000
)

// Report is what was found.
type Report struct {
	// Findings are in the order of files and lines.
	Findings []Finding `json:"findings"`
	// Files are those that were judged, Objects is how many of Tocsin's objects they hold.
	Files   []string `json:"files"`
	Objects int      `json:"objects"`
	// Times are by when who knows, where that was asked for.
	Times []Time `json:"times,omitempty"`
}

// Count is how many findings are of a severity.
func (r *Report) Count(of Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == of {
			n++
		}
	}
	return n
}

// Verify judges files. kinds are Tocsin's CRDs; now is when deadlines, rotations and holidays are looked at from. An error is a
// fault of the product or the end of ctx, never one of the files.
func Verify(ctx context.Context, kinds *schema.Kinds, files []File, now time.Time, options Options) (*Report, error) {
	s, objects, err := read(ctx, kinds, files, now)
	if err != nil {
		return nil, err
	}
	s.options, s.stop = options, func() bool { return ctx.Err() != nil }
	report := &Report{Files: make([]string, 0, len(files)), Objects: objects}
	for _, file := range files {
		report.Files = append(report.Files, file.Name)
	}
	if report.Objects == 0 && len(s.findings) == 0 {
		file := "-"
		if len(files) > 0 {
			file = files[0].Name
		}
		s.add(Finding{Rule: NothingUnverified, File: file, Message: "the files hold nothing of Tocsin", Advice: "name the folder of a pack"})
	}
	s.Teams, s.people = s.Pack.Roster(), everybody(s.Pack)
	for _, check := range checks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		check(s)
	}
	if err := ctx.Err(); err != nil { // the last check broke off
		return nil, err
	}
	report.Times = s.rows
	report.Findings = append([]Finding{}, inOrder(s.findings)...) // JSON: none, not null
	if more := len(report.Findings) - mostFindings; more > 0 {
		report.Findings = append(report.Findings[:mostFindings], Finding{Rule: Schema, Severity: Error, File: files[0].Name,
			Message: fmt.Sprintf("%d more findings are not listed", more), Advice: "mend the others first"})
	}
	return report, nil
}

// Pack is what the API server would make of files: the objects with its defaults. Findings are why it would not take some of
// them; those are not in the pack. An error is a fault of the product or the end of ctx.
func Pack(ctx context.Context, kinds *schema.Kinds, files []File) (*pack.Pack, []Finding, error) {
	s, _, err := read(ctx, kinds, files, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	return s.Pack, inOrder(s.findings), nil
}

// Playable is Pack for whoever plays what the files hold: findings are also why calendars cannot be used, why playbooks and triage
// policies do not compile, and which playbooks of levels are not there. A case would come to a halt at them without a word.
func Playable(ctx context.Context, kinds *schema.Kinds, files []File) (*pack.Pack, []Finding, error) {
	s, _, err := read(ctx, kinds, files, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	if len(s.findings) == 0 {
		for _, name := range sorted(s.Pack.Calendars) {
			if _, err := calendar.New(s.Pack.Calendars[name].Spec); err != nil {
				s.say(CalendarUsable, "BusinessCalendar", name, err.Error())
			}
		}
		s.Teams = s.Pack.Roster()
		s.playbooks()
		s.policies()
		s.findings = slices.DeleteFunc(s.findings, func(f Finding) bool {
			return !slices.Contains([]string{CalendarUsable, PlaybookCompiles, GradingCompiles, LevelPlaybook}, f.Rule)
		})
	}
	return s.Pack, inOrder(s.findings), nil
}

// read takes what files hold into a subject, and says how many objects of Tocsin's they hold.
func read(ctx context.Context, kinds *schema.Kinds, files []File, now time.Time) (s *Subject, objects int, err error) {
	s = &Subject{Pack: pack.New(), Plans: map[string]*playbook.Plan{}, Now: now, documents: map[string]pack.Document{}, broken: map[string]bool{}}
	for _, file := range files {
		documents, faults := pack.Read(file.Name, file.Text)
		for _, f := range faults {
			s.fault(Readable, "", f)
			s.unread = true
		}
		for _, d := range documents {
			if objects == mostObjects {
				s.add(Finding{Rule: Readable, File: d.File, Message: fmt.Sprintf("there are more than %d objects of Tocsin", mostObjects), Advice: "verify fewer in one go"})
				break
			}
			ours, err := s.take(ctx, kinds, d)
			if err != nil {
				return nil, 0, err
			}
			if ours {
				objects++
			}
		}
	}
	return s, objects, nil
}

// take judges a document by itself and puts it into the pack. It says whether it is one of Tocsin's.
func (s *Subject) take(ctx context.Context, kinds *schema.Kinds, d pack.Document) (bool, error) {
	version := v1alpha1.GroupVersion.String()
	if guess := playbook.DidYouMean(d.APIVersion, []string{version}); guess != "" && d.APIVersion != version && kinds.Known(d.Kind) {
		s.add(Finding{Rule: Schema, File: d.File, Line: d.LineOf("apiVersion"), Object: d.Kind + "/" + d.Name, Field: "apiVersion",
			Message: fmt.Sprintf("there is no %s in %q", d.Kind, d.APIVersion), Advice: strings.TrimSpace(guess)})
		return true, nil
	}
	if pack.Foreign(d) {
		return false, nil
	}
	object, ours := d.Object, d.APIVersion == version
	id := d.Kind + "/" + d.Name
	if ours && kinds.Known(d.Kind) {
		defaulted, faults, err := kinds.Judge(ctx, d.Kind, d.Object)
		if err != nil {
			return true, err
		}
		for i, f := range faults {
			if i == mostOfObject {
				s.add(Finding{Rule: Schema, File: d.File, Line: d.Line, Object: id, Message: fmt.Sprintf("%d more faults are not listed", len(faults)-i), Advice: "mend the others first"})
				break
			}
			s.add(Finding{Rule: Schema, File: d.File, Line: d.LineOf(f.Field), Object: id, Field: f.Field, Message: f.Message, Advice: f.Advice})
		}
		if len(faults) > 0 {
			s.broken[id] = true
			return true, nil
		}
		object = defaulted
	} else if ours {
		known := kinds.Names()
		s.add(Finding{Rule: Schema, File: d.File, Line: d.LineOf("kind"), Object: id, Field: "kind", Message: fmt.Sprintf("there is no kind %q", d.Kind),
			Advice: playbook.DidYouMean(d.Kind, known) + "the kinds are: " + strings.Join(known, ", ")})
		return true, nil
	}
	if fault := s.Pack.Put(d, object); fault != nil {
		rule := Schema
		if fault.Field == "metadata.name" {
			rule = UniqueName
		}
		s.fault(rule, id, *fault)
		return ours, nil
	}
	s.documents[id] = d
	return ours, nil
}

func (s *Subject) fault(rule, object string, f pack.Fault) {
	s.add(Finding{Rule: rule, File: f.File, Line: f.Line, Object: object, Field: f.Field, Message: f.Message, Advice: f.Advice})
}

func (s *Subject) add(f Finding) {
	f.Severity = severity(f.Rule)
	s.findings = append(s.findings, f)
}

var textLine = regexp.MustCompile(`^line (\d+): `)

// find notes a finding about a field of an object; message may end in a semicolon and what to do.
func (s *Subject) find(rule, kind, name, field, message, advice string) {
	d := s.documents[kind+"/"+name]
	line := d.LineOf(field)
	if m := textLine.FindStringSubmatch(message); m != nil {
		n, _ := strconv.Atoi(m[1]) // digits
		line = d.LineIn(field, n)
	}
	if advice == "" {
		message, advice, _ = strings.Cut(message, "; ")
	}
	s.add(Finding{Rule: rule, File: d.File, Line: line, Object: kind + "/" + name, Field: field, Message: message, Advice: advice})
}

// fieldFirst parts a sentence that begins with the path of a field, as judgements write it: spec.roles[0] (handler): nobody…
var fieldFirst = regexp.MustCompile(`^(spec(?:\.\w+|\[\d+\])*)(?: \([^)]*\))?(?:: | )`)

// say notes a sentence of a judgement.
func (s *Subject) say(rule, kind, name, sentence string) {
	field := ""
	if m := fieldFirst.FindStringSubmatch(sentence); m != nil {
		field, sentence = m[1], sentence[len(m[0]):]
	}
	s.find(rule, kind, name, field, sentence, "")
}

// problem notes a problem a compiler found.
func (s *Subject) problem(rule, kind, name string, p playbook.Problem) {
	if of, missing, is := strings.Cut(p.Missing, "/"); is {
		if s.among(of, missing) {
			return
		}
		known := sorted(s.Pack.Playbooks)
		if of == "BusinessCalendar" {
			known = sorted(s.Pack.Calendars)
		}
		p.Advice = playbook.DidYouMean(missing, known) + p.Advice + list("; there are: ", known)
	}
	if p.Playbook != "" {
		name = p.Playbook
	}
	s.find(rule, kind, name, p.Field, p.Message, p.Advice)
}

// among is whether an object is among the files, taken or not, or may be in what could not be read: what is wrong with that is
// told by itself.
func (s *Subject) among(kind, name string) bool {
	_, is := s.documents[kind+"/"+name]
	return is || s.unread || s.broken[kind+"/"+name]
}

// sorted are the names of objects in order, so that findings never vary.
func sorted[T any](objects map[string]T) []string { return slices.Sorted(maps.Keys(objects)) }

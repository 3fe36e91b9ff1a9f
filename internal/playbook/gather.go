package playbook

import "tocsin.dev/tocsin/api/v1alpha1"

// Finder finds what playbooks refer to by name; nil where there is no such thing.
type Finder struct {
	Playbook func(name string) (*v1alpha1.PlaybookSpec, error)
	Calendar func(name string) (*v1alpha1.BusinessCalendarSpec, error)
}

// Gather puts a playbook and everything it refers to together. What does not exist stays missing, for Compile to say so; an
// error is one of the finder.
func Gather(name string, spec v1alpha1.PlaybookSpec, find Finder) (Closure, error) {
	c := Closure{Name: name, Playbook: spec, Subs: map[string]v1alpha1.PlaybookSpec{}, Calendars: map[string]v1alpha1.BusinessCalendarSpec{}, Raised: map[string]Endings{}}
	asked := map[string]bool{}
	for more := true; more; {
		more = false
		subs, calendars, raised := c.Missing()
		for _, name := range subs {
			if found, err := once(asked, "sub/"+name, name, find.Playbook); err != nil {
				return c, err
			} else if found != nil {
				c.Subs[name], more = *found, true
			}
		}
		for _, name := range raised {
			if found, err := once(asked, "raised/"+name, name, find.Playbook); err != nil {
				return c, err
			} else if found != nil {
				c.Raised[name], more = EndingsOf(*found), true
			}
		}
		for _, name := range calendars {
			if found, err := once(asked, "calendar/"+name, name, find.Calendar); err != nil {
				return c, err
			} else if found != nil {
				c.Calendars[name], more = *found, true
			}
		}
	}
	return c, nil
}

// once looks something up, unless it was looked up before.
func once[T any](asked map[string]bool, key, name string, find func(string) (*T, error)) (*T, error) {
	if asked[key] {
		return nil, nil
	}
	asked[key] = true
	return find(name)
}

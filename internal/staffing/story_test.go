package staffing

import "testing"

// A story says who is in the way of whom: by another role, by another seat of the same approval, by being one person under two
// names.
func TestTheStorySaysWhyNobodyIsLeft(t *testing.T) {
	const roles = `
roles:
- {name: writer, team: desk, duty: write}
- {name: lead, team: desk, duty: lead, not: [writer]}
- {name: legal, team: desk, duty: law}
steps:
- {name: name, assignRole: {role: writer}}
`
	for name, tt := range map[string]struct{ step, members, says string }{
		"another role": {"task: {to: lead}", "- {name: ana, user: ana, duties: [lead, write]}", "nobody is left to be asked as lead for do: ana is writer and so not lead"},
		"another seat": {"approval: {by: [lead, legal]}", "- {name: ana, user: ana, duties: [lead, law]}\n- {name: ben, user: ben, duties: [write]}",
			"nobody is left to approve do: 2 different people must, and only ana can"},
		"another role and seat": {"approval: {by: [lead, legal]}", "- {name: ana, user: ana, duties: [lead, write]}\n- {name: ben, user: ben, duties: [law]}",
			"nobody is left to approve do: 2 different people must, and only ben can; ana is writer and so not lead"},
		"the same user": {"approval: {by: [legal, legal]}", "- {name: ana, user: ana, duties: [law]}\n- {name: anna, user: ana, duties: [law]}\n- {name: ben, user: ben, duties: [write, lead]}",
			"nobody is left to approve do: 2 different people must, and only ana can; ana and anna are one user, ana"},
	} {
		t.Run(name, func(t *testing.T) {
			v := judged(t, roles+"- {name: do, needs: [name], "+tt.step+", noDeadline: None.}\n", tt.members, 0)
			for _, f := range v.Findings {
				if f.Message == tt.says {
					return
				}
			}
			t.Errorf("%+v", v.Findings)
		})
	}
}

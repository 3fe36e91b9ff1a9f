package playbook

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// BuiltinTemplate is a text the product ships: assemble, roleAssigned, taskAssigned, taskTaken, approvalVoid, reminder, overdue,
// undelivered, uncertain, givenUp, surveyInvitation, postMortemOpened, actionAssigned and actionOverdue, in English and Chinese. A playbook's own template of that name comes first.
func BuiltinTemplate(name string) (v1alpha1.Template, bool) {
	for _, t := range builtins {
		if string(t.Name) == name {
			return *t.DeepCopy(), true
		}
	}
	return v1alpha1.Template{}, false
}

// BuiltinTemplates are the names of the built-in templates, sorted.
func BuiltinTemplates() []string {
	var list []string
	for _, t := range builtins {
		list = append(list, string(t.Name))
	}
	slices.Sort(list)
	return list
}

func builtin(name v1alpha1.Identifier, subject, body, subjectZH, bodyZH string) v1alpha1.Template {
	return v1alpha1.Template{Name: name, Texts: []v1alpha1.TemplateText{
		{Locale: v1alpha1.LocaleEnglish, Subject: subject, Body: body},
		{Locale: v1alpha1.LocaleChinese, Subject: subjectZH, Body: bodyZH},
	}}
}

const (
	drill   = `{{if .Drill}}[Drill] {{end}}`
	drillZH = `{{if .Drill}}【演练】{{end}}`

	about = `
{{if .Title}}Matter: {{.Title}}
{{end}}{{if .Level}}Level: {{.Level}}
{{end}}{{if .Due}}Due: {{.Due}}
{{end}}{{if .Task}}Task: {{.Task}}
{{end}}{{if .Link}}More: {{.Link}}
{{end}}{{if .Drill}}
This is an exercise. Nobody outside is told.
{{end}}`
	aboutZH = `
{{if .Title}}事由：{{.Title}}
{{end}}{{if .Level}}级别：{{.Level}}
{{end}}{{if .Due}}期限：{{.Due}}
{{end}}{{if .Task}}任务：{{.Task}}
{{end}}{{if .Link}}详情：{{.Link}}
{{end}}{{if .Drill}}
这是一次演练，不会通知外部任何人。
{{end}}`
)

var builtins = []v1alpha1.Template{
	builtin("assemble",
		drill+`{{.Case}}: please come{{if .Title}}. {{.Title}}{{end}}`,
		`Hello {{.Recipient}},

the team is being called together for {{.Case}}. Please acknowledge as soon as you read this, also if you cannot come: then somebody else can be asked in time.
`+about,
		drillZH+`{{.Case}}：紧急召集{{if .Title}}。{{.Title}}{{end}}`,
		`{{.Recipient}}，您好：

{{.Case}} 需要团队集合。看到后请马上确认；如果来不了，也请说一声，好及时另请他人。
`+aboutZH),
	builtin("roleAssigned",
		drill+`{{.Case}}: you are {{default "in charge" .Role}}`,
		`Hello {{.Recipient}},

in {{.Case}} you now act as {{default "the person in charge" .Role}}. If you cannot, hand the role over, so that everybody knows who has it.
`+about,
		drillZH+`{{.Case}}：由您担任{{default "负责人" .Role}}`,
		`{{.Recipient}}，您好：

在 {{.Case}} 中，现在由您担任{{default "负责人" .Role}}。如果不便担任，请办理移交，让大家都清楚由谁负责。
`+aboutZH),
	builtin("taskAssigned",
		drill+`{{.Case}}: to do: {{.StepName}}`,
		`Hello {{.Recipient}},

there is something for you to do in {{.Case}}: {{.StepTitle}}.{{if gt .Round 1}} It is round {{.Round}}; what was tried before is in the record.{{end}} Please acknowledge it, and decline early if you cannot do it.
`+about,
		drillZH+`{{.Case}}：请处理（{{.StepName}}）`,
		`{{.Recipient}}，您好：

{{.Case}} 有一件事请您处理：{{.StepTitle}}。{{if gt .Round 1}}这是第 {{.Round}} 轮，之前的做法见记录。{{end}}请先确认；如果无法处理，请尽早退回。
`+aboutZH),
	builtin("taskTaken",
		drill+`{{.Case}}: no longer yours: {{.StepName}}`,
		`Hello {{.Recipient}},

in {{.Case}} this was given to somebody else and need not be done by you any more: {{.StepTitle}}. The record says to whom and by whom. What you know or have begun still helps: say it in a comment on the task.
`+about,
		drillZH+`{{.Case}}：已改由他人处理（{{.StepName}}）`,
		`{{.Recipient}}，您好：

{{.Case}} 中这一项已交给他人，不再需要您处理：{{.StepTitle}}。由谁接手、由谁决定，见记录。您了解的情况或已做的工作仍有帮助，请在任务中写一条说明。
`+aboutZH),
	builtin("approvalVoid",
		drill+`{{.Case}}: changed since you decided: {{.StepName}}`,
		`Hello {{.Recipient}},

in {{.Case}} what you decided about has changed since: {{.StepTitle}}. Your approval or refusal no longer counts. Please look again, and decide about it as it is now.
`+about,
		drillZH+`{{.Case}}：您决定之后内容有变（{{.StepName}}）`,
		`{{.Recipient}}，您好：

{{.Case}} 中您已作出决定的内容后来有了变化：{{.StepTitle}}。您之前的同意或不同意不再有效，请按现在的内容重新查看并决定。
`+aboutZH),
	builtin("reminder",
		drill+`{{.Case}}: reminder: {{.StepName}}`,
		`Hello {{.Recipient}},

a reminder: in {{.Case}} we are still waiting for you: {{.StepTitle}}. If the time is too short, say so now.
`+about,
		drillZH+`{{.Case}}：提醒（{{.StepName}}）`,
		`{{.Recipient}}，您好：

提醒您一下：{{.Case}} 还在等您处理：{{.StepTitle}}。如果时间不够，请现在就说明。
`+aboutZH),
	builtin("overdue",
		drill+`{{.Case}}: overdue: {{.StepName}}`,
		`Hello {{.Recipient}},

in {{.Case}} the deadline has passed for: {{.StepTitle}}. It now needs you. Act on it yourself if it was given to you or you may, else see to it that somebody does.
`+about,
		drillZH+`{{.Case}}：已超期（{{.StepName}}）`,
		`{{.Recipient}}，您好：

{{.Case}} 中这一项已超过期限：{{.StepTitle}}。现在需要您出面：由您负责或您有权处理的，请直接处理；否则请安排他人处理。
`+aboutZH),
	builtin("undelivered",
		drill+`{{.Case}}: not delivered: {{.StepName}}`,
		`Hello {{.Recipient}},

in {{.Case}} a notice could not be delivered and will not be tried again: {{.StepTitle}}. Whoever it was for knows nothing yet. Please see to it that they are told another way, then have the step skipped with a word on how.
`+about,
		drillZH+`{{.Case}}：未送达（{{.StepName}}）`,
		`{{.Recipient}}，您好：

{{.Case}} 有一份通知无法送达，也不会再试：{{.StepTitle}}。对方目前还不知情。请安排用其他方式告知，然后请有权的人跳过这一步，并说明是怎样告知的。
`+aboutZH),
	builtin("uncertain",
		drill+`{{.Case}}: delivered or not? {{.StepName}}`,
		`Hello {{.Recipient}},

in {{.Case}} nobody knows whether a notice has arrived, and it will not be sent again: {{.StepTitle}}. Please ask whoever it was for, tell them another way if need be, then have the step skipped with a word on how they know.
`+about,
		drillZH+`{{.Case}}：是否送达不明（{{.StepName}}）`,
		`{{.Recipient}}，您好：

{{.Case}} 有一份通知不知是否送达，也不会再发：{{.StepTitle}}。请向对方核实，如有需要用其他方式告知，然后请有权的人跳过这一步，并说明对方是怎样得知的。
`+aboutZH),
	builtin("givenUp",
		drill+`{{.Case}}: given up: {{.StepName}}`,
		`Hello {{.Recipient}},

in {{.Case}} a notice did not arrive, or nobody knows whether it did, and its deadline has passed: {{.StepTitle}}. The step is given up and the rest goes on without it. Please see to it that whoever it was for is told another way; nothing has to be skipped.
`+about,
		drillZH+`{{.Case}}：不再等待送达（{{.StepName}}）`,
		`{{.Recipient}}，您好：

{{.Case}} 有一份通知没有送达，或不知是否送达，而且期限已过：{{.StepTitle}}。这一步不再等待，其余工作照常进行。请安排用其他方式告知对方；不需要再办理跳过。
`+aboutZH),
	builtin("surveyInvitation",
		drill+`{{.Case}}: how did we do with your complaint?`,
		`Dear {{default "customer" .Recipient}},

your complaint {{.Case}} has been dealt with, as far as we can see. You are the one who knows whether it really is. Please tell us how satisfied you are; if something is still wrong, we go on.
{{if .Link}}
{{.Link}}
{{end}}
Thank you for taking the time.
`,
		drillZH+`{{.Case}}：您的投诉，我们处理得怎么样？`,
		`尊敬的{{default "客户" .Recipient}}：

在我们看来，您的投诉 {{.Case}} 已经处理完毕，但是否真正解决，您最清楚。请告诉我们您是否满意；如果还有问题，我们会继续处理。
{{if .Link}}
{{.Link}}
{{end}}
感谢您抽出时间。
`),
	builtin("postMortemOpened",
		drill+`{{.Case}}: looking back{{if .Title}} at {{.Title}}{{end}}`,
		`Hello {{.Recipient}},

the post-mortem of {{.Case}} is open, and you own it. It asks what happened and what we change, not who is to blame. Each corrective action needs somebody who does it and a date.
`+about,
		drillZH+`{{.Case}}：复盘{{if .Title}}：{{.Title}}{{end}}`,
		`{{.Recipient}}，您好：

{{.Case}} 的复盘已经开始，由您负责。复盘要弄清发生了什么、我们要改什么，而不是追究谁的过错。每项纠正措施都要有负责人和日期。
`+aboutZH),
	builtin("actionAssigned",
		drill+`{{.Case}}: a corrective action for you`,
		`Hello {{.Recipient}},

after {{.Case}} a corrective action is yours: {{.Action}} Say in the post-mortem when it is done; somebody else then verifies it. If it is not yours to do, or the date cannot be kept, tell the owner of the post-mortem now.
`+about,
		drillZH+`{{.Case}}：有一项纠正措施请您负责`,
		`{{.Recipient}}，您好：

{{.Case}} 之后有一项纠正措施由您负责：{{.Action}} 完成后请在复盘中注明，再由他人验证。如果不该由您负责，或期限无法做到，请现在就告诉复盘负责人。
`+aboutZH),
	builtin("actionOverdue",
		drill+`{{.Case}}: corrective action overdue`,
		`Hello {{.Recipient}},

the date has passed of a corrective action after {{.Case}}: {{.Action}} Until it is done the cause is still there. Say in the post-mortem that it is done, or agree a new date with its owner.
`+about,
		drillZH+`{{.Case}}：纠正措施已超期`,
		`{{.Recipient}}，您好：

{{.Case}} 之后的一项纠正措施已超过期限：{{.Action}} 措施没有落实，原因就还在。请在复盘中注明已经完成，或与复盘负责人商定新的日期。
`+aboutZH),
}

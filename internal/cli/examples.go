package cli

import "github.com/spf13/cobra"

// commandExamples are those of the commands that are made from a table. A test runs the flags of every example of the program
// through its command.
var commandExamples = map[string]string{
	"ack":     `  kubectl tocsin ack example-lamp-check-facts`,
	"done":    "  kubectl tocsin done example-lamp-check-facts --outcome founded\n" + `  kubectl tocsin done example-lamp-recover-plan-remedy --remedy-kind Refund --amount 100.00 --currency CNY --remedy-reason "The full price, because it cannot be repaired."`,
	"approve": `  kubectl tocsin approve example-lamp-recover-approve-remedy --digest 3f2a9c04d1e7`,
	"refuse":  `  kubectl tocsin refuse example-lamp-recover-approve-remedy --reason "A repair is enough."`,
	"decline": `  kubectl tocsin decline example-lamp-check-facts --reason "I am on leave until Friday."`,
	"handover": `  kubectl tocsin handover example-lamp-check-facts --to wang.tao@example.com --reason "He knows the shop."
  kubectl tocsin handover example-crisis --role commander --to zhao.lei@example.com --reason "My shift ends."`,
	"extend": `  kubectl tocsin extend example-lamp-check-facts --by 4h --reason "The shop answers in the afternoon."`,
	"pause":  `  kubectl tocsin pause example-lamp-check-facts --reason "The customer is away until Friday."`,
	"resume": `  kubectl tocsin resume example-lamp-check-facts`,
	"comment": `  kubectl tocsin comment example-lamp-check-facts --reason "Called the shop."
  kubectl tocsin comment complaint/example-lamp --reason "The shop sent the lot number."`,
	"raise":    `  kubectl tocsin raise example-lamp --level serious --reason "A second lamp of the lot flickers."`,
	"lower":    `  kubectl tocsin lower example-lamp --level general --reason "It was one lamp only."`,
	"skip":     `  kubectl tocsin skip example-lamp --step visitSite --reason "The customer sent photographs."`,
	"abort":    `  kubectl tocsin abort incident/example-crisis --reason "False alarm."`,
	"reopen":   `  kubectl tocsin reopen example-lamp --reason "It flickers again."`,
	"withdraw": `  kubectl tocsin withdraw example-lamp --reason "The customer found the fault at home."`,
	"merge":    `  kubectl tocsin merge example-lamp --into example-lamp-2 --reason "The same lamp, told twice."`,
	"release":  `  kubectl tocsin release example-lamp --reason "Entered by mistake."`,
	"reassign": `  kubectl tocsin reassign example-lamp-check-facts --to wang.tao@example.com --reason "Lin Mei is at the fair."`,
	"import": `  kubectl tocsin import complaints.csv --mapping examples --dry-run
  kubectl tocsin import complaints.csv --mapping mapping.yaml --shift-to-now --within 5d`,
}

// exemplify gives its examples to every command that has none of its own.
func exemplify(cmd *cobra.Command) {
	if cmd.Example == "" {
		cmd.Example = commandExamples[cmd.Name()]
	}
	for _, sub := range cmd.Commands() {
		exemplify(sub)
	}
}

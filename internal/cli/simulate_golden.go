package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// keptText is a simulation as it is kept: without columns, so that one longer name does not change every line.
func keptText(out simulated) string {
	var b strings.Builder
	for _, row := range storyLines(out) {
		b.WriteString(strings.Join(slices.DeleteFunc(row, func(cell string) bool { return cell == "" }), "  ") + "\n")
	}
	writeResults(&b, out)
	return b.String()
}

// compareGolden compares a story with the one that was kept, or keeps it.
func (a *app) compareGolden(out simulated, o simulateOptions) error {
	is := keptText(out)
	if o.update {
		if err := os.WriteFile(o.golden, []byte(is), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "%s written, %d lines\n", o.golden, len(out.Story))
		return nil
	}
	kept, err := os.ReadFile(o.golden)
	if err != nil {
		return usagef("%v; --update writes it", notThere(o.golden, err))
	}
	if string(kept) == is {
		fmt.Fprintf(a.Out, "as in %s, %d lines\n", o.golden, len(out.Story))
		return nil
	}
	diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: difflib.SplitLines(string(kept)), B: difflib.SplitLines(is), FromFile: o.golden, ToFile: "simulated", Context: 2,
	})
	if err != nil {
		return err
	}
	fmt.Fprint(a.Out, diff)
	return errFindings
}

package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"tocsin.dev/tocsin/internal/pack"
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
func (a *app) compareGolden(ctx context.Context, out simulated, o simulateOptions) error {
	is := keptText(out)
	if o.update {
		if err := a.writeWhole(o.golden, []byte(is)); err != nil {
			return err
		}
		a.say(fmt.Sprintf("%s written, %d lines\n", printable(o.golden), len(out.Story)))
		return nil
	}
	kept, err := a.readText(ctx, o.golden, pack.MostText, fmt.Sprintf("it is longer than %d MiB, so it is no story", pack.MostText>>20))
	if err != nil {
		return usagef("%v; --update writes it", err)
	}
	if string(kept) == is {
		a.say(fmt.Sprintf("as in %s, %d lines\n", printable(o.golden), len(out.Story)))
		return nil
	}
	diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: difflib.SplitLines(string(kept)), B: difflib.SplitLines(is), FromFile: printable(o.golden), ToFile: "simulated", Context: 2,
	})
	if err != nil {
		return err
	}
	a.say(diff)
	return errFindings
}

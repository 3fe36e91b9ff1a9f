package controllers

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"sigs.k8s.io/controller-runtime/pkg/log"
)

// reasonNotJudged, of Verified, Workable and Covered: the product itself went wrong while it judged.
const reasonNotJudged = "NotJudged"

// errFault is what is told where the product itself went wrong while it judged something. It says the same every time, so that a
// condition stays as it is; the log holds the rest.
var errFault = errors.New("it could not be judged: a fault of the product, not of what is written; please report it with what the log of the manager says of it")

// judged judges, and says whether that came to an end. A judgement that panics says nothing, and whoever asked for it has to tell so:
// else what was said before would go on standing there.
func judged(ctx context.Context, what string, judge func()) (ended bool) {
	defer func() {
		if broken := recover(); broken != nil {
			log.FromContext(ctx).Error(fmt.Errorf("%v", broken), "A judgement broke off by a fault of the product; please report it", "of", what, "stack", string(debug.Stack()))
		}
	}()
	judge()
	return true
}

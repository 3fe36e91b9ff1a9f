package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// act adds an act to a task in the caller's own name: read, add at the end, write if nobody wrote in between, else
// again. Whether the caller may is for the API server to say. A digest is taken over from what was read;
// one that is given must be the same.
func (a *app) act(ctx context.Context, c *cluster, task *v1alpha1.ResponseTask, what v1alpha1.TaskAct, dryRun ...string) error {
	me, err := c.me(ctx)
	if err != nil {
		return err
	}
	if what.ID, err = a.newID(); err != nil {
		return err
	}
	what.By, what.At = me, metav1.NewTime(a.Clock.Now().UTC().Truncate(time.Second))
	seen := task.Spec.Assignment.Digest
	if err := missingOutcome(task, &what); err != nil {
		return err
	}
	if err := clockLeavesAsIs(task, &what); err != nil {
		return err
	}
	if err := anotherDigest(task, what.Digest); err != nil {
		return err
	}
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := c.Get(ctx, client.ObjectKeyFromObject(task), task); err != nil {
			return err
		}
		if what.Verb == v1alpha1.TaskApprove || what.Verb == v1alpha1.TaskRefuse {
			if what.Digest = task.Spec.Assignment.Digest; what.Digest != seen {
				return fmt.Errorf("what task %s asks you to decide about changed at this moment: read it again, then decide", task.Name)
			}
		}
		patch, err := addAct(task, what)
		if err != nil {
			return err
		}
		return c.writeAct(ctx, task, what.ID, &what, patch, dryRun...)
	})
}

// missingOutcome says which outcomes there are, to somebody who may answer and gave none of them.
func missingOutcome(task *v1alpha1.ResponseTask, what *v1alpha1.TaskAct) error {
	outcomes := task.Spec.Outcomes
	if what.Verb != v1alpha1.TaskComplete || len(outcomes) == 0 || slices.Contains(outcomes, what.Outcome) ||
		!task.IsOpen() || !slices.Contains(task.Spec.Assignment.MayAct, what.By) {
		return nil
	}
	words := make([]string, len(outcomes))
	for i, o := range outcomes {
		words[i] = string(o)
	}
	wrong := ""
	if what.Outcome != "" {
		wrong = fmt.Sprintf("task %s has no outcome %q: ", task.Name, what.Outcome)
	}
	return usagef("%sdone needs --outcome %s", wrong, strings.Join(words, " or "))
}

// newID makes the id of an act: 8 hex digits.
func (a *app) newID() (string, error) {
	var id [4]byte
	if _, err := io.ReadFull(a.Entropy, id[:]); err != nil {
		return "", fmt.Errorf("make an id for the act: %w", err)
	}
	return hex.EncodeToString(id[:]), nil
}

type patchStep struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// addAct is the patch that adds one act, and the state that comes with it, and nothing else, so that fields this program
// does not know stay. The
// resourceVersion makes the server refuse it when the task was written since it was read.
func addAct(task *v1alpha1.ResponseTask, what v1alpha1.TaskAct) ([]byte, error) {
	add := patchStep{"add", "/spec/acts/-", what}
	if len(task.Spec.Acts) == 0 {
		add = patchStep{"add", "/spec/acts", []v1alpha1.TaskAct{what}}
	}
	steps := []patchStep{{"replace", "/metadata/resourceVersion", task.ResourceVersion}, add}
	if outcome, closes := task.Spec.Closes(&what); closes && task.IsOpen() {
		steps = append(steps, patchStep{"add", "/spec/state", v1alpha1.TaskDone})
		if outcome != "" {
			steps = append(steps, patchStep{"add", "/spec/outcome", outcome})
		}
	}
	return json.Marshal(steps)
}

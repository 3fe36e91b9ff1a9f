package install

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// answeredRefused is how config/admission/task-writer.yaml refuses the probe.
const answeredRefused = "a task cannot be created already answered"

// WaitForAdmission returns once the policies are in force: nil after a forged write was refused, or an error that
// says what the last one met when ctx ends first. cfg may be the manager's or an administrator's.
func WaitForAdmission(ctx context.Context, cfg *rest.Config) error {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return err
	}
	c, err := client.New(cfg, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	last := errors.New("a forged write was accepted")
	err = wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		refused, err := ForgedWriteRefused(ctx, c)
		if err != nil {
			last = err
		}
		return refused, nil
	})
	if err != nil {
		return fmt.Errorf("admission policies are not in force: %w; last answer: %w", err, last)
	}
	return nil
}

// ForgedWriteRefused tries, as a dry run, to create a task that is already answered, in the manager's own namespace.
// True: the policies refused it. False: it was accepted, the policies are not in force. An error: neither, because the
// API server could not be asked, the namespace or a kind is missing, or the user may not create tasks there at all.
func ForgedWriteRefused(ctx context.Context, c client.Client) (bool, error) {
	err := c.Create(ctx, &v1alpha1.ResponseTask{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "forged"},
		Spec: v1alpha1.ResponseTaskSpec{
			Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "forged"},
			Step:   "forged",
			Type:   v1alpha1.TaskTypeWork,
			Assignment: v1alpha1.Assignment{
				Role: "forged",
			},
			Acts: []v1alpha1.TaskAct{{ID: "forged", Verb: v1alpha1.TaskComplete, By: "forged"}},
		},
	}, client.DryRunAll)
	switch {
	case err == nil:
		return false, nil
	case strings.Contains(err.Error(), answeredRefused):
		return true, nil
	default:
		return false, fmt.Errorf("forged write, to see whether the admission policies are in force: %w", err)
	}
}

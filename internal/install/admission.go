package install

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// answeredRefused is how config/admission/task-writer.yaml refuses the probe.
const answeredRefused = "a task cannot be created already answered"

// WaitForAdmission returns once the policies are in force: nil after a forged write was refused, or an error that
// says what the last one met when ctx ends first. cfg may be the manager's or an administrator's. The policies that fill
// in the author and time of an act take some seconds more on a new API server: see [WaitForFilling].
func WaitForAdmission(ctx context.Context, cfg *rest.Config) error {
	return waitUntilRefused(ctx, cfg, "admission policies are not in force", "forged")
}

// WaitForFilling returns once an act without author and time is no longer turned away because the API server does not
// know the schema of its kind yet, which it looks for every five seconds. Until then such a write is answered with
// "503 Service Unavailable"; acts that carry author and time are not concerned. cfg is as for [WaitForAdmission].
func WaitForFilling(ctx context.Context, cfg *rest.Config) error {
	return waitUntilRefused(ctx, cfg, "author and time of acts are not filled in", "")
}

// ForgedWriteRefused tries, as a dry run, to create a task that is already answered, in the manager's own namespace.
// True: the policies refused it. False: it was accepted, the policies are not in force. An error: neither, because the
// API server could not be asked, the namespace or a kind is missing, or the user may not create tasks there at all.
// The client's scheme has to know the kinds of v1alpha1.
func ForgedWriteRefused(ctx context.Context, c client.Client) (bool, error) {
	return refused(ctx, c, "forged")
}

func waitUntilRefused(ctx context.Context, cfg *rest.Config, otherwise string, author v1alpha1.User) error {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return err
	}
	c, err := client.New(cfg, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	last := errors.New("none")
	err = wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		done, err := refused(ctx, c, author)
		if err == nil && !done {
			err = errors.New("a forged write was accepted")
		}
		if !done && ctx.Err() == nil {
			last = err
		}
		return done, nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w; last answer: %w", otherwise, err, last)
	}
	return nil
}

// refused tries to create an answered task; without an author it meets the policies that fill in, too.
func refused(ctx context.Context, c client.Client, author v1alpha1.User) (bool, error) {
	err := c.Create(ctx, &v1alpha1.ResponseTask{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "forged"},
		Spec: v1alpha1.ResponseTaskSpec{
			Record:     v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "forged"},
			Step:       "forged",
			Type:       v1alpha1.TaskTypeWork,
			Assignment: v1alpha1.Assignment{Role: "forged"},
			Acts:       []v1alpha1.TaskAct{{ID: "forged", Verb: v1alpha1.TaskComplete, By: author}},
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

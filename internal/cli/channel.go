package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// channelCommand groups what there is to do with a NoticeChannel.
func (a *app) channelCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "channel", Short: "Test a notice channel"}
	cmd.AddCommand(a.channelTestCommand())
	return cmd
}

// channelTestCommand sends a real message and waits for what becomes of it. The manager sends it: only its outbox talks to
// the outside.
func (a *app) channelTestCommand() *cobra.Command {
	var test v1alpha1.ChannelTest
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "test NAME",
		Short: "Send a real test message through a channel and wait for the receipt",
		Long: `Send a real test message through a NoticeChannel and wait for the receipt.

The text is the product's own, in the language of --locale. It is about no case and is tried once. Policy owners may do
this; the notice it leaves behind is removed after 7 days, or with its channel.`,
		Example: `  kubectl tocsin channel test mail --to duty@example.com
  kubectl tocsin channel test chat --to channel     # the URL of the webhook channel itself`,
		Args: one(aChannel),
	}
	cmd.Flags().StringVar(&test.Address, "to", "", "where to: an e-mail address, or for a webhook an URL or the word channel, which is its own")
	cmd.Flags().StringVar((*string)(&test.Locale), "locale", string(v1alpha1.LocaleEnglish), "the language of the text: en or zh-CN")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Minute, "how long to wait for the receipt")
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		switch {
		case test.Address == "":
			return usagef("channel test needs --to: where the message goes")
		case test.Locale != v1alpha1.LocaleEnglish && test.Locale != v1alpha1.LocaleChinese:
			return usagef("--locale %q is not known: it is en or zh-CN", test.Locale)
		case timeout <= 0:
			return usagef("--timeout must be more than nothing, e.g. 1m")
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		ch, err := c.findChannel(ctx, withoutKind(args[0], "noticechannel", "noticechannels", "nch"), &test)
		if err != nil {
			return err
		}
		n := channelTest(ch, test, a.Clock.Now())
		if err := c.Create(ctx, n); err != nil {
			return err
		}
		if err := a.awaitReceipt(ctx, c, n, timeout); err != nil {
			return err
		}
		return a.tellReceipt(ch, n, timeout)
	})
	return cmd
}

// findChannel reads a channel that can send to that address.
func (c *cluster) findChannel(ctx context.Context, name string, test *v1alpha1.ChannelTest) (*v1alpha1.NoticeChannel, error) {
	var ch v1alpha1.NoticeChannel
	err := c.Get(ctx, c.key(name), &ch)
	switch {
	case apierrors.IsNotFound(err) && !notInstalled(err):
		if err := c.exists(ctx); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("no notice channel %q in namespace %q; `kubectl get noticechannels` lists them", name, c.namespace)
	case err != nil:
		return nil, err
	}
	if ready := apimeta.FindStatusCondition(ch.Status.Conditions, "Ready"); ready != nil && ready.Status == metav1.ConditionFalse && ready.ObservedGeneration == ch.Generation {
		return nil, fmt.Errorf("noticechannel/%s is not ready: %s", ch.Name, printable(ready.Message))
	}
	if _, block := notice.TestAddress(test, &ch.Spec); block != nil {
		if ch.Spec.Webhook != nil {
			return nil, usagef("--to is no address for noticechannel/%s, a webhook: give an http or https URL, or the word channel for its own", ch.Name)
		}
		return nil, usagef("--to is no address for noticechannel/%s, which sends e-mail: give one like name@host", ch.Name)
	}
	return &ch, nil
}

// channelTest is the notice that tests a channel. It belongs to the channel and goes with it.
func channelTest(ch *v1alpha1.NoticeChannel, test v1alpha1.ChannelTest, now time.Time) *v1alpha1.Notice {
	return &v1alpha1.Notice{
		ObjectMeta: metav1.ObjectMeta{Namespace: ch.Namespace, GenerateName: "channel-test-", OwnerReferences: []metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "NoticeChannel", Name: ch.Name, UID: ch.UID,
		}}},
		Spec: v1alpha1.NoticeSpec{
			Test: &test, Channel: v1alpha1.ObjectName(ch.Name), Template: v1alpha1.TemplateChannelTest, RequestedAt: metav1.NewTime(now.UTC().Truncate(time.Second)),
		},
	}
}

// awaitReceipt follows a notice until its fate is known or the time is over.
func (a *app) awaitReceipt(ctx context.Context, c *cluster, n *v1alpha1.Notice, timeout time.Duration) error {
	watcher, err := client.NewWithWatch(c.config, client.Options{Scheme: c.scheme, Mapper: c.mapper})
	if err != nil {
		return err
	}
	over := a.Clock.NewTimer(timeout)
	defer over.Stop()
	for {
		ended, err := followNotice(ctx, watcher, n, over.C())
		if ended || err != nil {
			return err
		}
		if err := c.Get(ctx, client.ObjectKeyFromObject(n), n); err != nil { // the watch was closed: begin anew
			return err
		}
	}
}

// followNotice keeps a notice up to date from the version it is in. It has ended when there is nothing more to wait for.
func followNotice(ctx context.Context, c client.WithWatch, n *v1alpha1.Notice, over <-chan time.Time) (ended bool, err error) {
	if notice.Final(&n.Status) {
		return true, nil
	}
	changes, err := c.Watch(ctx, &v1alpha1.NoticeList{}, client.InNamespace(n.Namespace), client.MatchingFields{"metadata.name": n.Name},
		&client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: n.ResourceVersion}})
	if err != nil {
		return false, err
	}
	defer changes.Stop()
	for {
		select {
		case <-ctx.Done():
			return true, ctx.Err()
		case <-over:
			return true, nil
		case change, open := <-changes.ResultChan():
			newer, is := change.Object.(*v1alpha1.Notice)
			if !open || !is {
				return false, nil
			}
			if *n = *newer; notice.Final(&n.Status) {
				return true, nil
			}
		}
	}
}

// tellReceipt says what became of a test; anything but a receipt is an error.
func (a *app) tellReceipt(ch *v1alpha1.NoticeChannel, n *v1alpha1.Notice, timeout time.Duration) error {
	why := ""
	if c := apimeta.FindStatusCondition(n.Status.Conditions, notice.ConditionDelivered); c != nil {
		why = printable(c.Message)
	}
	channel := "noticechannel/" + ch.Name
	switch {
	case n.Status.State == v1alpha1.NoticeDelivered:
		receipt := ""
		if n.Status.Receipt != "" {
			receipt = ": " + printable(n.Status.Receipt)
		}
		fmt.Fprintf(a.Out, "%s sent the test message, and the receiver took it%s\n", channel, receipt)
		return nil
	case n.Status.State == v1alpha1.NoticeUncertain:
		return fmt.Errorf("nobody knows whether the test message of %s arrived (%s); ask whoever reads that address", channel, why)
	case n.Status.State == v1alpha1.NoticeFailed:
		return fmt.Errorf("%s could not send the test message: %s", channel, why)
	case n.Status.Attempts == 0 && why == "":
		return fmt.Errorf("nobody took the test message of %s up within %s: see whether the manager runs; `kubectl get notice %s` tells what becomes of it", channel, timeout, n.Name)
	}
	return fmt.Errorf("no receipt for the test message of %s within %s (%s); `kubectl get notice %s` tells what becomes of it", channel, timeout, why, n.Name)
}

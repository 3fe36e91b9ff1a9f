package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// settle is how long changes are gathered before the screen is drawn again.
const settle = 200 * time.Millisecond

// situationKinds are the kinds that readSituation reads.
func situationKinds() []client.ObjectList {
	return append([]client.ObjectList{&v1alpha1.ComplaintList{}, &v1alpha1.CrisisIncidentList{}, &v1alpha1.NoticeList{}}, new(policyLists).all()...)
}

// follow keeps a screen up to date until the context ends, which is no error. Changes come from the API server's watches;
// the clock only redraws the times.
func (a *app) follow(ctx context.Context, c *cluster, kinds []client.ObjectList, draw func(out *bytes.Buffer, from lister) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f, err := openFeed(ctx, c, "", slim, kinds...)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	last := ""
	for a.nextChange(ctx, f.changed) {
		var b bytes.Buffer
		if err := draw(&b, f); err != nil {
			return err
		}
		if trouble := f.troubled(); trouble != nil {
			width, _ := a.size()
			fmt.Fprintln(&b, fit(a.paint(red, "not up to date: ")+explain(trouble, c.config.Host), width))
		}
		last = a.redraw(b.String(), last)
	}
	return nil
}

// slim drops what no screen shows; much of it is personal.
func slim(obj client.Object) {
	switch o := obj.(type) {
	case *v1alpha1.Complaint:
		o.Spec = v1alpha1.ComplaintSpec{ReceivedAt: o.Spec.ReceivedAt}
		o.Status.Run, o.Status.Timeline = nil, v1alpha1.Timeline{}
	case *v1alpha1.CrisisIncident:
		o.Status.Run, o.Status.Timeline = nil, v1alpha1.Timeline{}
	case *v1alpha1.ResponseTask:
		if !o.IsOpen() {
			o.Spec = v1alpha1.ResponseTaskSpec{State: o.Spec.State}
		}
	case *v1alpha1.Playbook:
		o.Spec = v1alpha1.PlaybookSpec{}
	case *v1alpha1.ResponseTeam:
		o.Spec = v1alpha1.ResponseTeamSpec{}
	case *v1alpha1.NoticeChannel:
		o.Spec = v1alpha1.NoticeChannelSpec{}
	}
}

// nextChange waits for a change, and a little more so that a burst is drawn once; on a terminal for a minute at most,
// because times on the screen grow old. False says that the context ended.
func (a *app) nextChange(ctx context.Context, changed <-chan struct{}) bool {
	var minute <-chan time.Time
	if a.Terminal {
		timer := a.Clock.NewTimer(time.Minute)
		defer timer.Stop()
		minute = timer.C()
	}
	select {
	case <-ctx.Done():
		return false
	case <-minute:
		return true
	case <-changed:
	}
	timer := a.Clock.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C():
		return true
	}
}

// redraw writes the screen over the one before; where there is no terminal, below it and only when it differs.
func (a *app) redraw(drawn, last string) string {
	switch {
	case a.Terminal:
		// Home, each line cleared to its end, then everything below.
		fmt.Fprint(a.Out, "\x1b[H"+strings.ReplaceAll(drawn, "\n", "\x1b[K\n")+"\x1b[J")
	case drawn != last:
		if last != "" {
			fmt.Fprintln(a.Out)
		}
		fmt.Fprint(a.Out, drawn)
	}
	return drawn
}

package health

import (
	"context"
	"errors"
	"net/url"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	toolscache "k8s.io/client-go/tools/cache"
)

// refusedAgain is within which time a watch that goes on being refused is tried again: client-go waits half a minute at most.
const refusedAgain = 2 * time.Minute

// refusals are the refusals of one watch without a break.
type refusals struct{ first, last time.Time }

// long is for how long a watch has been refused; 0 once it has not been for a while, because then it holds.
func (r *refusals) long(now time.Time) time.Duration {
	if now.Sub(r.last) > refusedAgain {
		return 0
	}
	return r.last.Sub(r.first)
}

// WatchFailed is the error handler of the caches' watches. It notes what the API server refused to this manager. An API
// server that does not answer is no refusal, nor is a watch that is too old.
func (w *Watchdog) WatchFailed(ctx context.Context, r *toolscache.Reflector, err error) {
	toolscache.DefaultWatchErrorHandler(ctx, r, err)
	if refused(err) {
		w.note(r.TypeDescription())
	}
}

func (w *Watchdog) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now()
	found := w.watches[what]
	if found == nil || now.Sub(found.last) > refusedAgain {
		found = &refusals{first: now}
		w.watches[what] = found
	}
	found.last = now
}

// refused is whether the API server answered, and the answer is of no use: no right, no credentials, an object that this
// release cannot read.
func refused(err error) bool {
	switch {
	case errors.As(err, new(*url.Error)), utilnet.IsConnectionRefused(err), utilnet.IsConnectionReset(err), utilnet.IsProbableEOF(err),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case apierrors.IsServiceUnavailable(err), apierrors.IsTooManyRequests(err), apierrors.IsInternalError(err), apierrors.IsTimeout(err),
		apierrors.IsServerTimeout(err), apierrors.IsResourceExpired(err), apierrors.IsGone(err):
		return false
	}
	return true
}

package controllers

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// landing is an attempt that is over and not written down yet.
type landing struct {
	attempt int32
	channel v1alpha1.NoticeChannelSpec
	result  notice.Result
}

// flights are the attempts of this process: those under way, so that none is taken for one of unknown fate, and those
// whose result is not written yet. The zero value is ready.
type flights struct {
	mu   sync.Mutex
	byID map[types.UID]*flight
}

type flight struct {
	busy   bool
	landed *landing
}

// begin takes hold of a notice; false when another worker has it.
func (f *flights) begin(uid types.UID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byID == nil {
		f.byID = map[types.UID]*flight{}
	}
	if f.byID[uid] == nil {
		f.byID[uid] = &flight{}
	}
	if f.byID[uid].busy {
		return false
	}
	f.byID[uid].busy = true
	return true
}

// pause lets go of a notice; a result that is not written stays.
func (f *flights) pause(uid types.UID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if flight := f.byID[uid]; flight != nil {
		flight.busy = false
		if flight.landed == nil {
			delete(f.byID, uid)
		}
	}
}

// land keeps a result until end.
func (f *flights) land(uid types.UID, l landing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if flight := f.byID[uid]; flight != nil {
		flight.landed = &l
	}
}

// landed is the result that is not written yet.
func (f *flights) landed(uid types.UID) *landing {
	f.mu.Lock()
	defer f.mu.Unlock()
	if flight := f.byID[uid]; flight != nil {
		return flight.landed
	}
	return nil
}

// end forgets the result.
func (f *flights) end(uid types.UID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if flight := f.byID[uid]; flight != nil {
		flight.landed = nil
	}
}

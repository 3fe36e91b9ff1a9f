package controllers

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Fresh remembers which version of an object this process has overwritten, so that a reconcile that finds that version
// still in the cache waits for the newer one instead of deciding once more what was decided already. The newer one is
// on its way and brings the object back. The zero value is ready.
type Fresh struct {
	mu          sync.Mutex
	overwritten map[types.UID][2]string // the newest first; an object is often written twice in one go
}

// Overwrote notes that the given version of an object was replaced.
func (f *Fresh) Overwrote(uid types.UID, version string) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.overwritten == nil {
		f.overwritten = map[types.UID][2]string{}
	}
	f.overwritten[uid] = [2]string{version, f.overwritten[uid][0]}
}

// Stale says whether an object from the cache is a version that was overwritten. Any other one ends the waiting.
func (f *Fresh) Stale(obj client.Object) bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	versions, ok := f.overwritten[obj.GetUID()]
	if !ok {
		return false
	}
	if v := obj.GetResourceVersion(); v == versions[0] || v == versions[1] {
		return true
	}
	delete(f.overwritten, obj.GetUID())
	return false
}

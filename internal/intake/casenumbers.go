package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/internal/triage"
)

const (
	// CaseNumbersName is the ConfigMap of a namespace that holds the last serial reserved of each day.
	CaseNumbersName = "tocsin-case-numbers"

	// keptDays is how many days it holds.
	keptDays = 40

	// earlierKey holds, as day.serial, the latest day that was dropped and the highest serial of all that were.
	earlierKey = "earlier"
)

// contention is how a write is tried again when another process was faster: about two seconds in all.
var contention = wait.Backoff{Steps: 12, Duration: 10 * time.Millisecond, Factor: 1.4, Jitter: 0.5}

// CaseNumbers reserves the serials of case numbers in a ConfigMap of the complaint's namespace, so that no two
// processes get the same. It implements triage.Reserver.
//
// The ConfigMap stays small: of days long past it only keeps the highest serial any of them had, and a complaint that
// comes in late for such a day gets a number above it. So numbers are never given again, whatever was dropped.
type CaseNumbers struct {
	client client.Client
}

var _ triage.Reserver = (*CaseNumbers)(nil)

// NewCaseNumbers makes a reserver. The client must read ConfigMaps from the server, not from a cache, or at least
// wait for its own writes; an old read only costs another try.
func NewCaseNumbers(c client.Client) *CaseNumbers { return &CaseNumbers{client: c} }

// Reserve implements triage.Reserver.
func (n *CaseNumbers) Reserve(ctx context.Context, namespace, day string, count int64) (first int64, err error) {
	err = retry.OnError(contention, losesRace, func() error {
		first, err = n.try(ctx, namespace, day, count)
		return err
	})
	return first, err
}

// losesRace is whether somebody else wrote in between.
func losesRace(err error) bool { return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) }

func (n *CaseNumbers) try(ctx context.Context, namespace, day string, count int64) (int64, error) {
	var config corev1.ConfigMap
	err := n.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: CaseNumbersName}, &config)
	absent := apierrors.IsNotFound(err)
	if err != nil && !absent {
		return 0, fmt.Errorf("read ConfigMap %s/%s: %w", namespace, CaseNumbersName, err)
	}
	if absent {
		config.ObjectMeta = metav1.ObjectMeta{Namespace: namespace, Name: CaseNumbersName, Labels: map[string]string{managedByLabel: managedBy}}
	}
	if config.Data == nil {
		config.Data = map[string]string{}
	}
	first, err := advance(config.Data, day, count)
	if err != nil {
		return 0, unusable(namespace, err.Error())
	}
	if absent {
		return first, n.client.Create(ctx, &config)
	}
	if config.Immutable != nil && *config.Immutable {
		return 0, unusable(namespace, "it is immutable, so no number can be noted in it; delete it if it is not Tocsin's, it is made anew")
	}
	if config.Labels[managedByLabel] == "" {
		metav1.SetMetaDataLabel(&config.ObjectMeta, managedByLabel, managedBy)
	}
	// The resourceVersion that was read makes the server refuse the write if somebody else wrote in between.
	return first, n.client.Update(ctx, &config)
}

func unusable(namespace, problem string) error {
	return &triage.Unusable{Object: "ConfigMap " + namespace + "/" + CaseNumbersName, Problem: problem}
}

// advance takes count serials of a day out of the table and drops the days that are too many.
func advance(table map[string]string, day string, count int64) (first int64, err error) {
	droppedDay, droppedMost, err := earlier(table)
	if err != nil {
		return 0, err
	}
	last := int64(0)
	if text, ok := table[day]; ok {
		if last, err = strconv.ParseInt(text, 10, 64); err != nil || last < 0 {
			return 0, fmt.Errorf("key %s holds %q where the last serial given belongs; put a number at least as high as any given on that day", day, text)
		}
	} else if day <= droppedDay {
		last = droppedMost
	}
	table[day] = strconv.FormatInt(last+count, 10)

	days := slices.DeleteFunc(slices.Sorted(maps.Keys(table)), func(key string) bool { return key == earlierKey })
	for len(days) > keptDays {
		serial, err := strconv.ParseInt(table[days[0]], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("key %s holds %q where the last serial given belongs; put a number at least as high as any given on that day", days[0], table[days[0]])
		}
		droppedDay, droppedMost = max(droppedDay, days[0]), max(droppedMost, serial)
		delete(table, days[0])
		days = days[1:]
	}
	if droppedDay != "" {
		table[earlierKey] = fmt.Sprintf("%s.%d", droppedDay, droppedMost)
	}
	return last + 1, nil
}

// earlier reads what is kept of the days that were dropped.
func earlier(table map[string]string) (day string, most int64, err error) {
	text, ok := table[earlierKey]
	if !ok {
		return "", 0, nil
	}
	day, serial, _ := strings.Cut(text, ".")
	if most, err = strconv.ParseInt(serial, 10, 64); err != nil {
		return "", 0, fmt.Errorf("key %s holds %q; write the latest day dropped and the highest serial given on any such day, e.g. 20240411.57", earlierKey, text)
	}
	return day, most, nil
}

package controllers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/test/platform"
)

// cluster is the API server that the tests share. It starts with the first that needs it.
var cluster struct {
	*platform.Platform
	once    sync.Once
	err     error
	manager client.WithWatch
	indexes map[string]map[string]client.IndexerFunc
}

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	code := m.Run()
	if cluster.Platform != nil {
		if err := cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// needCluster starts the API server if nobody has yet.
func needCluster(t *testing.T) {
	t.Helper()
	cluster.once.Do(func() { cluster.err = startCluster() })
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
}

// newNamespace makes a namespace for one test.
func newNamespace(t *testing.T, prefix string) string {
	t.Helper()
	needCluster(t)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix}}
	if err := cluster.Admin.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	return ns.Name
}

func startCluster() (err error) {
	if cluster.Platform, err = platform.Start(platform.Options{TimeLapse: true}); err != nil {
		return err
	}
	ctx := context.Background()
	if err = readsItself(ctx); err != nil {
		return err
	}
	if cluster.manager, err = cluster.As(install.ManagerUser); err != nil {
		return err
	}
	cluster.indexes = map[string]map[string]client.IndexerFunc{}
	return AddIndexes(ctx, indexTaker{})
}

// kinds are the resources of the group.
var kinds = []string{"complaints", "crisisincidents", "responsetasks", "notices", "postmortems", "playbooks", "triagepolicies", "responseteams",
	"businesscalendars", "noticechannels", "drillschedules"}

// readsItself lets the manager get what it has from its cache elsewhere: here the reconcilers read from the server.
func readsItself(ctx context.Context) error {
	name := metav1.ObjectMeta{Name: "in-place-of-the-cache"}
	rule := rbacv1.PolicyRule{APIGroups: []string{v1alpha1.GroupVersion.Group, "", "apps"}, Verbs: []string{"get", "list", "watch"},
		Resources: append([]string{"configmaps", "controllerrevisions"}, kinds...)}
	return errors.Join(
		cluster.Admin.Create(ctx, &rbacv1.ClusterRole{ObjectMeta: name, Rules: []rbacv1.PolicyRule{rule}}),
		cluster.Admin.Create(ctx, &rbacv1.ClusterRoleBinding{ObjectMeta: name, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name.Name},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: install.ManagerUser}}}))
}

// indexTaker stands for a manager and notes the indexes it is given, so that lists by index can be answered from the
// server.
type indexTaker struct{ ctrl.Manager }

func (indexTaker) GetFieldIndexer() client.FieldIndexer { return indexTaker{} }

func (indexTaker) IndexField(_ context.Context, obj client.Object, field string, value client.IndexerFunc) error {
	kind := fmt.Sprintf("%TList", obj)
	if cluster.indexes[kind] == nil {
		cluster.indexes[kind] = map[string]client.IndexerFunc{}
	}
	cluster.indexes[kind][field] = value
	return nil
}

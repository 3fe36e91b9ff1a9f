package install

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// Namespace is where the manager lives and where the policies look up who it is.
	Namespace = "tocsin-system"

	// ManagerUser is the user name of the manager's service account, which the policies take for the manager.
	ManagerUser = "system:serviceaccount:" + Namespace + ":tocsin-manager"

	fieldOwner = client.FieldOwner("tocsin-install")
)

// Options says what is installed. The zero value is what `kubectl apply -k config/default` installs, but the Deployment.
type Options struct {
	// TimeLapse leaves out the policies that hold the time of an act against the API server's clock. For a clock that
	// jumps; never where real cases are.
	TimeLapse bool
	// ManagerUser is the user name the manager comes with. Empty: [ManagerUser].
	ManagerUser string
	// BindGroups gives the groups tocsin:intake, tocsin:responders, tocsin:policy-owners, tocsin:viewers and
	// tocsin:auditors their ClusterRoles in all namespaces. Off by default: who is in a group is the cluster's business.
	BindGroups bool
}

// Install applies everything server-side, in an order in which each part finds what it needs, and returns once the
// CRDs are served. Installing again brings the cluster to the same state. The policies take about half a second more to
// be in force: see [WaitForAdmission]. On a cluster without MutatingAdmissionPolicy v1 (before 1.36) those that fill in
// author and time are left out; the checks are the same.
func Install(ctx context.Context, cfg *rest.Config, o Options) error {
	if o.ManagerUser == "" {
		o.ManagerUser = ManagerUser
	}
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	definitions, err := definitions()
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	for _, object := range definitions {
		if err := apply(ctx, c, object); err != nil {
			return err
		}
	}
	for _, object := range definitions {
		if err := established(ctx, c, object); err != nil {
			return err
		}
	}
	others, err := remainder(o)
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	for _, object := range others {
		if err := apply(ctx, c, object); err != nil {
			return err
		}
	}
	return nil
}

// apply makes the object what the YAML says, whoever changed it since.
func apply(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
	err := c.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), fieldOwner, client.ForceOwnership)
	if meta.IsNoMatchError(err) && strings.HasPrefix(object.GetKind(), "MutatingAdmissionPolicy") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("install %s %q: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// established waits until the kind is served.
func established(ctx context.Context, c client.Client, definition *unstructured.Unstructured) error {
	current := definition.DeepCopy()
	err := wait.PollUntilContextCancel(ctx, 20*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		if err := c.Get(ctx, client.ObjectKeyFromObject(definition), current); err != nil {
			return false, err
		}
		return isEstablished(current), nil
	})
	if err != nil {
		return fmt.Errorf("wait for CRD %q to be established: %w", definition.GetName(), err)
	}
	return nil
}

// isEstablished reads the condition; a fresh CRD has null for conditions.
func isEstablished(definition *unstructured.Unstructured) bool {
	status, _ := definition.Object["status"].(map[string]any)
	conditions, _ := status["conditions"].([]any)
	for _, condition := range conditions {
		if c, ok := condition.(map[string]any); ok && c["type"] == "Established" && c["status"] == "True" {
			return true
		}
	}
	return false
}

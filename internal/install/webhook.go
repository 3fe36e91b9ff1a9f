package install

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// WebhookOptions says how the API server reaches the webhook that refuses policies which are not sound.
type WebhookOptions struct {
	// URL is where the manager serves it, e.g. https://127.0.0.1:9443, for a manager that is no pod of the cluster.
	URL string
	// Namespaces are those whose policies it judges. Empty: all.
	Namespaces []string
	// ManagerUser is the user name the manager comes with. Empty: [ManagerUser].
	ManagerUser string
}

// Webhook applies config/webhook on top of what Install applies, for a manager outside the cluster.
func Webhook(ctx context.Context, cfg *rest.Config, o WebhookOptions) error {
	if o.ManagerUser == "" {
		o.ManagerUser = ManagerUser
	}
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		return fmt.Errorf("install the webhook: %w", err)
	}
	objects, err := kustomization("webhook")
	if err != nil {
		return fmt.Errorf("install the webhook: %w", err)
	}
	for _, object := range objects {
		if !slices.Contains([]string{"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration"}, object.GetKind()) {
			continue // for pods
		}
		if err := nameManager(object, o.ManagerUser); err != nil {
			return err
		}
		if object.GetKind() == "ValidatingWebhookConfiguration" {
			if err := o.reach(object); err != nil {
				return fmt.Errorf("install the webhook: %w", err)
			}
		}
		if err := apply(ctx, c, object); err != nil {
			return err
		}
	}
	return nil
}

// reach puts the URL where the YAML names the Service, and the namespaces beside it.
func (o WebhookOptions) reach(configuration *unstructured.Unstructured) error {
	webhooks, _, err := unstructured.NestedSlice(configuration.Object, "webhooks")
	if err != nil {
		return err
	}
	for i := range webhooks {
		webhook, ok := webhooks[i].(map[string]any)
		if !ok {
			return fmt.Errorf("webhook %d of %s is no object", i, configuration.GetName())
		}
		path, _, err := unstructured.NestedString(webhook, "clientConfig", "service", "path")
		if err != nil {
			return err
		}
		webhook["clientConfig"] = map[string]any{"url": o.URL + path}
		if len(o.Namespaces) > 0 {
			var names []any
			for _, name := range o.Namespaces {
				names = append(names, name)
			}
			webhook["namespaceSelector"] = map[string]any{"matchExpressions": []any{
				map[string]any{"key": "kubernetes.io/metadata.name", "operator": "In", "values": names},
			}}
		}
	}
	return unstructured.SetNestedSlice(configuration.Object, webhooks, "webhooks")
}

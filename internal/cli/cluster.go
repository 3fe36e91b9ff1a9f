package cli

import (
	"context"
	"fmt"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// cluster is the connection a command works with.
type cluster struct {
	client.Client
	config    *rest.Config
	scheme    *runtime.Scheme
	mapper    meta.RESTMapper
	namespace string
}

// connect reads kubeconfig and flags. It talks to nobody yet.
func (a *app) connect() (*cluster, error) {
	loader := a.flags.ToRawKubeConfigLoader()
	config, err := loader.ClientConfig()
	switch {
	case err != nil && strings.Contains(err.Error(), "Invalid timeout value"):
		return nil, usagef("--request-timeout %q is no length of time: write e.g. 5s or 1m", *a.flags.Timeout)
	case err != nil:
		return nil, &configError{fmt.Sprintf("no usable kubeconfig: %v; set --kubeconfig, KUBECONFIG or --context", err)}
	}
	if a.nowhere(config) {
		return nil, &configError{"no kubeconfig was found; set --kubeconfig or KUBECONFIG"}
	}
	a.host = config.Host
	a.expired = expired(config, a.Clock.Now())
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, &configError{fmt.Sprintf("no namespace in the kubeconfig: %v; set -n", err)}
	}
	config.QPS = -1 // the API server's own fairness decides
	c := &cluster{config: config, namespace: namespace, scheme: runtime.NewScheme()}
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, corev1.AddToScheme, authenticationv1.AddToScheme} {
		if err := add(c.scheme); err != nil {
			return nil, err
		}
	}
	c.mapper = mapper()
	c.Client, err = client.New(config, client.Options{Scheme: c.scheme, Mapper: c.mapper})
	if err != nil {
		return nil, &configError{fmt.Sprintf("the kubeconfig does not describe a connection: %v", err)}
	}
	return c, nil
}

// nowhere tells the address that is assumed when nobody named one.
func (a *app) nowhere(config *rest.Config) bool {
	raw, err := a.flags.ToRawKubeConfigLoader().RawConfig()
	return err == nil && len(raw.Clusters) == 0 && *a.flags.APIServer == "" && config.Host == "http://localhost:8080"
}

// mapper knows the kinds the commands use, which saves asking the server what it serves.
func mapper() meta.RESTMapper {
	core := schema.GroupVersion{Version: "v1"}
	m := meta.NewDefaultRESTMapper(nil)
	for _, kind := range []string{"Complaint", "CrisisIncident", "ResponseTask", "Notice", "PostMortem", "TriagePolicy", "Playbook", "NoticeChannel", "ResponseTeam", "BusinessCalendar"} {
		m.Add(v1alpha1.GroupVersion.WithKind(kind), meta.RESTScopeNamespace)
		m.Add(v1alpha1.GroupVersion.WithKind(kind+"List"), meta.RESTScopeNamespace) // caches ask for lists as well
	}
	for _, kind := range []string{"ConfigMap", "Secret"} {
		m.Add(core.WithKind(kind), meta.RESTScopeNamespace)
	}
	m.Add(core.WithKind("Namespace"), meta.RESTScopeRoot)
	m.Add(authenticationv1.SchemeGroupVersion.WithKind("SelfSubjectReview"), meta.RESTScopeRoot)
	return m
}

// exists is an error when the namespace does not exist; nil also where we may not know. It is asked when nothing was
// found.
func (c *cluster) exists(ctx context.Context) error {
	err := c.Get(ctx, client.ObjectKey{Name: c.namespace}, &corev1.Namespace{})
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("there is no namespace %q in the cluster at %s; check -n and the context of your kubeconfig", c.namespace, c.config.Host)
	}
	return nil
}

// me asks the server under which name it knows us.
func (c *cluster) me(ctx context.Context) (v1alpha1.User, error) {
	var review authenticationv1.SelfSubjectReview
	if err := c.Create(ctx, &review); err != nil {
		return "", fmt.Errorf("ask the API server who you are: %w", err)
	}
	return v1alpha1.User(review.Status.UserInfo.Username), nil
}

func (c *cluster) key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: c.namespace, Name: name}
}

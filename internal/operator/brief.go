package operator

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// metadataOnly asks the API server to answer with the metadata of an object alone.
const metadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

// briefClient is a client that does not have its own words read back to it: when it creates an object of Tocsin or
// writes a status, the answer is the object's metadata alone. The rest of the object stays as it was sent; what the API
// server made of it comes with the watch. Both sides save the encoding and decoding of records that grow to ten kilobytes.
type briefClient struct {
	client.WithWatch
	config *rest.Config
	http   *http.Client
	codecs serializer.CodecFactory
	params runtime.ParameterCodec

	mu    sync.Mutex
	kinds map[schema.GroupVersionKind]briefKind
}

// briefKind is how the objects of a kind are reached.
type briefKind struct {
	rest.Interface
	resource string
}

func newBriefClient(c client.WithWatch, config *rest.Config, options client.Options) (*briefClient, error) {
	if options.HTTPClient == nil {
		var err error
		if options.HTTPClient, err = rest.HTTPClientFor(config); err != nil {
			return nil, err
		}
	}
	return &briefClient{
		WithWatch: c, config: config, http: options.HTTPClient,
		codecs: serializer.NewCodecFactory(c.Scheme()), params: runtime.NewParameterCodec(c.Scheme()),
		kinds: map[schema.GroupVersionKind]briefKind{},
	}, nil
}

// kindOf says how to reach an object; ours is false where it is not one of Tocsin's.
func (b *briefClient) kindOf(obj client.Object) (kind briefKind, ours bool, err error) {
	gvk, err := b.GroupVersionKindFor(obj)
	if err != nil || gvk.GroupVersion() != v1alpha1.GroupVersion {
		return briefKind{}, false, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if kind, ok := b.kinds[gvk]; ok {
		return kind, true, nil
	}
	mapping, err := b.RESTMapper().RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return briefKind{}, false, err
	}
	kind.resource = mapping.Resource.Resource
	if kind.Interface, err = apiutil.RESTClientForGVK(gvk, false, false, b.config, b.codecs, b.http); err != nil {
		return briefKind{}, false, fmt.Errorf("make a client for %s: %w", gvk.Kind, err)
	}
	b.kinds[gvk] = kind
	return kind, true, nil
}

// send carries a write out and takes over what the API server decides: identity, version, age.
func send(ctx context.Context, request *rest.Request, obj client.Object) error {
	var answer metav1.PartialObjectMetadata
	if err := request.SetHeader("Accept", metadataOnly).Body(obj).Do(ctx).Into(&answer); err != nil {
		return err
	}
	obj.SetName(answer.Name)
	obj.SetUID(answer.UID)
	obj.SetResourceVersion(answer.ResourceVersion)
	obj.SetGeneration(answer.Generation)
	obj.SetCreationTimestamp(answer.CreationTimestamp)
	return nil
}

// Create implements client.Client.
func (b *briefClient) Create(ctx context.Context, obj client.Object, opts ...client.CreateOption) error {
	kind, ours, err := b.kindOf(obj)
	if err != nil {
		return err
	}
	if !ours {
		return b.WithWatch.Create(ctx, obj, opts...)
	}
	options := (&client.CreateOptions{}).ApplyOptions(opts)
	return send(ctx, kind.Post().Namespace(obj.GetNamespace()).Resource(kind.resource).
		VersionedParams(options.AsCreateOptions(), b.params), obj)
}

// Status implements client.Client.
func (b *briefClient) Status() client.SubResourceWriter {
	return &briefStatus{b.WithWatch.Status(), b}
}

// briefStatus is the status of objects.
type briefStatus struct {
	client.SubResourceWriter
	b *briefClient
}

// Update implements client.SubResourceWriter.
func (s *briefStatus) Update(ctx context.Context, obj client.Object, opts ...client.SubResourceUpdateOption) error {
	kind, ours, err := s.b.kindOf(obj)
	if err != nil {
		return err
	}
	options := (&client.SubResourceUpdateOptions{}).ApplyOptions(opts)
	if !ours || options.SubResourceBody != nil {
		return s.SubResourceWriter.Update(ctx, obj, opts...)
	}
	return send(ctx, kind.Put().Namespace(obj.GetNamespace()).Resource(kind.resource).Name(obj.GetName()).SubResource("status").
		VersionedParams(options.AsUpdateOptions(), s.b.params), obj)
}

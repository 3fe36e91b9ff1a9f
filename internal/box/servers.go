package box

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// serviceIP is the address the API server gives itself inside the (unused) service network.
var serviceIP = net.IPv4(10, 96, 0, 1)

const serviceNetwork = "10.96.0.0/24"

// auditPolicy notes who asked for what and how it was answered, once a request, without what was sent or received.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// controllers are the ones whose effects somebody sees in a cluster without nodes.
var controllers = []string{
	"garbage-collector-controller",
	"namespace-controller",
	"serviceaccount-controller",
	"clusterrole-aggregation-controller",
	"validatingadmissionpolicy-status-controller",
}

// prepare says how each program is run; nothing is started yet.
func (b *Box) prepare() error {
	tlsConfig, err := b.pki.tlsConfig()
	if err != nil {
		return err
	}
	b.etcd = b.process("etcd", b.etcdFlags(), httpReady("http://etcd/readyz", b.toEtcd()))

	apiServerFlags, err := b.apiServerFlags()
	if err != nil {
		return err
	}
	client, err := tls.X509KeyPair(b.admin.CertData, b.admin.KeyData)
	if err != nil {
		return err
	}
	asAdmin := tlsConfig.Clone()
	asAdmin.Certificates = []tls.Certificate{client}
	b.apiServer = b.process("kube-apiserver", apiServerFlags, httpReady(b.port.url()+"/readyz", &http.Transport{TLSClientConfig: asAdmin}))

	if !b.options.ControllerManager {
		return nil
	}
	if err := b.WriteKubeconfig(b.path("controllers.kubeconfig"), "system:kube-controller-manager", adminGroup); err != nil {
		return err
	}
	b.controllerManager = b.process("kube-controller-manager", b.controllerManagerFlags(), nil)
	return nil
}

func (b *Box) process(name string, flags []string, ready func(context.Context) error) *process {
	return &process{name: name, path: b.Program(name), args: flags, dir: b.dir, log: b.path("logs", name+".log"), try: ready}
}

// etcdSocket is where etcd listens for the API server. The programs run in the box's directory, which nobody else may
// enter; so it needs neither a port nor encryption, which would take a tenth of the box's processor time. The name is
// relative because that of a socket may have about a hundred characters.
const etcdSocket = "etcd.sock"

// toEtcd is the way to etcd's socket.
func (b *Box) toEtcd() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		socket := b.path(etcdSocket)
		if here, err := os.Getwd(); err == nil {
			if relative, err := filepath.Rel(here, socket); err == nil && len(relative) < len(socket) {
				socket = relative
			}
		}
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
}

func (b *Box) etcdFlags() []string {
	flags := []string{
		"--name=box",
		"--data-dir=" + b.path("etcd"),
		"--listen-client-urls=unix://" + etcdSocket,
		"--advertise-client-urls=unix://" + etcdSocket,
		// There is no peer; etcd insists on listening for one, so it gets any free port and a lock on the door.
		"--listen-peer-urls=https://127.0.0.1:0",
		"--initial-advertise-peer-urls=https://127.0.0.1:0",
		"--initial-cluster=box=https://127.0.0.1:0",
		"--peer-client-cert-auth",
		"--peer-trusted-ca-file=" + b.pki.file("ca.crt"),
		"--peer-cert-file=" + b.pki.file("server.crt"),
		"--peer-key-file=" + b.pki.file("server.key"),
		"--log-level=warn",
		"--quota-backend-bytes=8589934592",
	}
	if !b.options.Durable {
		flags = append(flags, "--unsafe-no-fsync")
	}
	return flags
}

func (b *Box) apiServerFlags() ([]string, error) {
	flags := []string{
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", b.port.number),
		"--permit-port-sharing", // the port is held by this process, see port
		"--cert-dir=" + b.path("pki"),
		"--tls-cert-file=" + b.pki.file("server.crt"),
		"--tls-private-key-file=" + b.pki.file("server.key"),

		"--etcd-servers=unix://" + etcdSocket,

		"--anonymous-auth=false",
		"--client-ca-file=" + b.pki.file("ca.crt"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + b.pki.file("sa.key"),
		"--service-account-signing-key-file=" + b.pki.file("sa.key"),

		"--service-cluster-ip-range=" + serviceNetwork,
		"--endpoint-reconciler-type=none",

		// One machine, one owner: nothing here needs protection from its neighbours.
		"--enable-priority-and-fairness=false",
		"--max-requests-inflight=4000",
		"--max-mutating-requests-inflight=2000",
		"--profiling=false",
	}
	if b.options.AuditLog == "" {
		return flags, nil
	}
	log := b.options.AuditLog
	if !filepath.IsAbs(log) {
		log = b.path(log)
	}
	if err := os.MkdirAll(filepath.Dir(log), 0o700); err != nil {
		return nil, err
	}
	if err := writeFile(b.path("audit-policy.yaml"), []byte(auditPolicy)); err != nil {
		return nil, err
	}
	return append(flags, "--audit-policy-file="+b.path("audit-policy.yaml"), "--audit-log-path="+log), nil
}

func (b *Box) controllerManagerFlags() []string {
	return []string{
		"--kubeconfig=" + b.path("controllers.kubeconfig"),
		"--controllers=" + strings.Join(controllers, ","),
		"--leader-elect=false",
		"--secure-port=0",
		"--kube-api-qps=1000",
		"--kube-api-burst=2000",
		"--profiling=false",
	}
}

// httpReady asks url whether its server is ready.
func httpReady(url string, way *http.Transport) func(context.Context) error {
	// A new connection each time: one kept from before a restart would answer for a server that is gone.
	way.DisableKeepAlives = true
	client := &http.Client{Transport: way, Timeout: 5 * time.Second}
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %s", url, response.Status)
		}
		return nil
	}
}

// waitForDefaultNamespace covers the moment between the API server being ready and its having made that namespace.
func (b *Box) waitForDefaultNamespace(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(b.admin)
	if err != nil {
		return err
	}
	return poll(ctx, b.apiServer, "default namespace", func(ctx context.Context) error {
		_, err := client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceDefault, metav1.GetOptions{})
		return err
	})
}

package box

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// helperEnv makes the test binary start a box, say so, and wait to be killed.
const helperEnv = "TOCSIN_BOX_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		helper()
	}
	os.Exit(m.Run())
}

// helperReport is what the helper prints once its box is up.
type helperReport struct {
	Host string
	Dir  string
	PIDs []int
}

func helper() {
	b, err := Start(context.Background(), Options{ControllerManager: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	report := helperReport{Host: b.Config().Host, Dir: b.Dir()}
	for _, p := range []*process{b.etcd, b.apiServer, b.controllerManager} {
		report.PIDs = append(report.PIDs, p.run.cmd.Process.Pid)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		os.Exit(1)
	}
	select {}
}

func start(t *testing.T, o Options) *Box {
	t.Helper()
	began := time.Now()
	b, err := Start(t.Context(), o)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	t.Logf("started in %v", time.Since(began))
	t.Cleanup(func() { stop(t, b) })
	return b
}

func stop(t *testing.T, b *Box) {
	t.Helper()
	began := time.Now()
	NewWithT(t).Expect(b.Stop()).To(Succeed())
	took := time.Since(began)
	t.Logf("stopped in %v", took)
	NewWithT(t).Expect(took).To(BeNumerically("<", 5*time.Second))
}

func clientFor(t *testing.T, config *rest.Config) kubernetes.Interface {
	t.Helper()
	c, err := kubernetes.NewForConfig(config)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

func namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

func configMap(name string, owners ...metav1.OwnerReference) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: owners}}
}

func TestUsersAreWhoTheirCertificateSays(t *testing.T) {
	g := NewWithT(t)
	audit := filepath.Join(t.TempDir(), "made", "audit.log")
	b := start(t, Options{AuditLog: audit})
	admin := clientFor(t, b.Config())

	version, err := admin.Discovery().ServerVersion()
	g.Expect(err).NotTo(HaveOccurred())
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		g.Expect(version.GitVersion).To(Equal(KubernetesVersion))
	}
	_, err = admin.AdmissionregistrationV1().MutatingAdmissionPolicies().List(t.Context(), metav1.ListOptions{})
	g.Expect(err).NotTo(HaveOccurred(), "mutating admission policies are served as v1")

	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "desk"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"namespaces", "configmaps"}, Verbs: []string{"create", "get"}},
	}}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "desk"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "desk"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "service-desk"}},
	}
	_, err = admin.RbacV1().ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	_, err = admin.RbacV1().ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{})
	g.Expect(err).NotTo(HaveOccurred())

	config, err := b.User("lin", "service-desk")
	g.Expect(err).NotTo(HaveOccurred())
	lin := clientFor(t, config)
	g.Eventually(func() error { // the authorizer learns of a binding through a watch
		_, err := lin.CoreV1().Namespaces().Create(t.Context(), namespace("desk"), metav1.CreateOptions{})
		return err
	}).Should(Succeed())
	_, err = lin.CoreV1().ConfigMaps("desk").Create(t.Context(), configMap("note"), metav1.CreateOptions{})
	g.Expect(err).NotTo(HaveOccurred())

	config, err = b.User("stranger")
	g.Expect(err).NotTo(HaveOccurred())
	_, err = clientFor(t, config).CoreV1().ConfigMaps("desk").Get(t.Context(), "note", metav1.GetOptions{})
	g.Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)

	config = b.Config()
	config.TLSClientConfig.CertData, config.TLSClientConfig.KeyData = nil, nil
	_, err = clientFor(t, config).CoreV1().ConfigMaps("desk").Get(t.Context(), "note", metav1.GetOptions{})
	g.Expect(apierrors.IsUnauthorized(err)).To(BeTrue(), "%v", err)

	log, err := os.ReadFile(audit)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(log)).To(MatchRegexp(`"verb":"create","user":\{"username":"lin","groups":\["service-desk","system:authenticated"\]`))
	g.Expect(string(log)).NotTo(ContainSubstring("requestObject"))
}

func TestUserIsCachedByNameAndGroups(t *testing.T) {
	g := NewWithT(t)
	pki, err := openAuthority(filepath.Join(t.TempDir(), "pki"), wallClock)
	g.Expect(err).NotTo(HaveOccurred())
	b := &Box{pki: pki, port: &port{}}
	user := func(name string, groups ...string) []byte {
		config, err := b.User(name, groups...)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(config.QPS).To(BeNumerically("==", -1))
		return config.CertData
	}
	first := user("lin", "a", "b")
	g.Expect(user("lin", "b", "a")).To(Equal(first))
	g.Expect(user("lin", "a")).NotTo(Equal(first))
	g.Expect(user("mei", "a", "b")).NotTo(Equal(first))
}

func TestControllersCleanUp(t *testing.T) {
	g := NewWithT(t)
	b := start(t, Options{ControllerManager: true})
	admin := clientFor(t, b.Config())
	_, err := admin.CoreV1().Namespaces().Create(t.Context(), namespace("short"), metav1.CreateOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	owner, err := admin.CoreV1().ConfigMaps("short").Create(t.Context(), configMap("owner"), metav1.CreateOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	_, err = admin.CoreV1().ConfigMaps("short").Create(t.Context(), configMap("owned",
		metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID}), metav1.CreateOptions{})
	g.Expect(err).NotTo(HaveOccurred())

	g.Expect(admin.CoreV1().ConfigMaps("short").Delete(t.Context(), "owner", metav1.DeleteOptions{})).To(Succeed())
	gone := func(get func() error) func() bool {
		return func() bool { return apierrors.IsNotFound(get()) }
	}
	g.Eventually(gone(func() error {
		_, err := admin.CoreV1().ConfigMaps("short").Get(t.Context(), "owned", metav1.GetOptions{})
		return err
	})).WithTimeout(30*time.Second).Should(BeTrue(), "what was owned goes with its owner")

	g.Expect(admin.CoreV1().Namespaces().Delete(t.Context(), "short", metav1.DeleteOptions{})).To(Succeed())
	g.Eventually(gone(func() error {
		_, err := admin.CoreV1().Namespaces().Get(t.Context(), "short", metav1.GetOptions{})
		return err
	})).WithTimeout(30*time.Second).Should(BeTrue(), "a deleted namespace goes")
}

func TestKeptDirectoryComesBackTheSame(t *testing.T) {
	g := NewWithT(t)
	o := Options{Dir: filepath.Join(t.TempDir(), "state"), Durable: true}
	first := start(t, o)
	_, err := clientFor(t, first.Config()).CoreV1().Namespaces().Create(t.Context(), namespace("kept"), metav1.CreateOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), "sub", "lin.kubeconfig")
	g.Expect(first.WriteKubeconfig(path, "lin", adminGroup)).To(Succeed())

	_, err = Start(t.Context(), o)
	g.Expect(err).To(MatchError(ContainSubstring("a box is running in it already")))
	stop(t, first)

	second := start(t, o)
	g.Expect(second.Config().Host).To(Equal(first.Config().Host))
	for _, kubeconfig := range []string{path, second.Kubeconfig()} {
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
		g.Expect(err).NotTo(HaveOccurred())
		_, err = clientFor(t, config).CoreV1().Namespaces().Get(t.Context(), "kept", metav1.GetOptions{})
		g.Expect(err).NotTo(HaveOccurred(), kubeconfig)
	}
	info, err := os.Stat(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o600)))
}

func TestServersGoAndComeBack(t *testing.T) {
	g := NewWithT(t)
	b := start(t, Options{})
	admin := clientFor(t, b.Config())
	_, err := admin.CoreV1().Namespaces().Create(t.Context(), namespace("kept"), metav1.CreateOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	read := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := admin.CoreV1().Namespaces().Get(ctx, "kept", metav1.GetOptions{})
		return err
	}

	g.Expect(b.StopAPIServer()).To(Succeed())
	g.Expect(errors.Is(read(), syscall.ECONNREFUSED)).To(BeTrue())
	g.Expect(b.StartAPIServer(t.Context())).To(Succeed())
	g.Expect(read()).To(Succeed())
	g.Expect(b.StartAPIServer(t.Context())).To(MatchError(ContainSubstring("running already")))

	g.Expect(b.StopEtcd()).To(Succeed())
	g.Expect(read()).NotTo(Succeed())
	g.Expect(b.StartEtcd(t.Context())).To(Succeed())
	g.Eventually(read).WithTimeout(20 * time.Second).Should(Succeed())
}

func TestNoChildOutlivesAKilledParent(t *testing.T) {
	g := NewWithT(t)
	temporary := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"=1", "TMPDIR="+temporary)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cmd.Start()).To(Succeed())
	line, err := bufio.NewReader(out).ReadBytes('\n')
	g.Expect(err).NotTo(HaveOccurred())
	var report helperReport
	g.Expect(json.Unmarshal(line, &report)).To(Succeed())
	g.Expect(report.PIDs).To(HaveLen(3))
	for _, pid := range report.PIDs {
		g.Expect(alive(pid)).To(BeTrue())
	}

	g.Expect(cmd.Process.Kill()).To(Succeed())
	g.Expect(cmd.Wait()).NotTo(Succeed())
	for _, pid := range report.PIDs {
		g.Eventually(func() bool { return alive(pid) }).WithTimeout(5 * time.Second).Should(BeFalse())
	}

	g.Expect(report.Dir).To(BeADirectory(), "a killed process cannot tidy up")
	t.Setenv("TMPDIR", temporary)
	sweepTemporary()
	g.Expect(report.Dir).NotTo(BeADirectory(), "so the next box does")
}

// alive tells whether a process runs; one that has ended and that nobody has asked about yet does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	state, err := exec.CommandContext(context.Background(), "ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	g := NewWithT(t)
	_, err := Start(t.Context(), Options{Assets: t.TempDir()})
	g.Expect(err).To(MatchError(ContainSubstring("make controlplane")))
}

func TestStartQuotesTheLogOfAProgramThatGivesUp(t *testing.T) {
	g := NewWithT(t)
	assets, state := t.TempDir(), filepath.Join(t.TempDir(), "state")
	for _, name := range []string{"etcd", "kube-apiserver"} {
		g.Expect(os.WriteFile(filepath.Join(assets, name), []byte("#!/bin/sh\necho no room at the inn\nexit 3\n"), 0o755)).To(Succeed())
	}
	_, err := Start(t.Context(), Options{Assets: assets, Dir: state})
	g.Expect(err).To(MatchError(And(ContainSubstring("etcd"), ContainSubstring("exit status 3"), ContainSubstring("no room at the inn"))))
}

func TestEndedNamesTheProgramThatDied(t *testing.T) {
	g := NewWithT(t)
	b := start(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g.Expect(b.Ended(ctx)).To(Succeed(), "nothing has ended")
	g.Expect(b.apiServer.run.signal(syscall.SIGKILL)).To(Succeed())
	g.Expect(b.Ended(t.Context())).To(MatchError(ContainSubstring("kube-apiserver")))
}

// Command build compiles the programs of a cluster in a box, etcd, kube-apiserver, kube-controller-manager and
// kubectl, and keeps them in the user's cache, so that it happens once for a version. Run it in the folder above:
//
//	go run ./build
//
// Progress goes to standard error; the last line on standard output is the directory that holds the programs.
// Where KUBEBUILDER_ASSETS names a directory that already has them, that one is printed instead.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
)

// program is one binary: what it is called, the main package it is built from and what the go command calls it.
type program struct{ name, pkg, output string }

var programs = []program{
	{"etcd", "go.etcd.io/etcd/server/v3", "server"},
	{"kubectl", "k8s.io/kubernetes/cmd/kubectl", "kubectl"},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", "kube-controller-manager"},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "kube-apiserver"},
}

// keyFile, inside the finished directory, holds the hash of go.mod and go.sum the programs were built from.
const keyFile = "key"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
	fmt.Println(dir)
}

func run(ctx context.Context) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" && holds(dir, "etcd", "kube-apiserver", "kube-controller-manager") {
		return dir, nil
	}
	versions, key, err := readModule()
	if err != nil {
		return "", err
	}
	root, err := cacheRoot()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, fmt.Sprintf("%s-etcd%s-%s-%s",
		versions.kubernetes, strings.TrimPrefix(versions.etcd, "v"), runtime.GOOS, runtime.GOARCH))
	if upToDate(dir, key) {
		return dir, nil
	}

	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(ctx, filepath.Join(root, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if upToDate(dir, key) { // somebody else built it while we waited
		return dir, nil
	}
	// One name for unfinished work: what a killed build left there is cleared by the next.
	unfinished := dir + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return "", err
	}
	defer os.RemoveAll(unfinished)
	if err := compile(ctx, unfinished, versions); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(unfinished, keyFile), []byte(key), 0o644); err != nil {
		return "", err
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.Rename(unfinished, dir)
}

// compile builds all programs into dir with one call of the go command, so that both what they share and the time
// one of them spends linking is used for the others.
func compile(ctx context.Context, dir string, v versions) error {
	p, err := newProgress(ctx, os.Stderr, dir, v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	args := []string{"build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", ldflags(v.kubernetes), "-o", dir + string(filepath.Separator)}
	for _, prog := range programs {
		args = append(args, prog.pkg)
	}
	cmd := goCommand(ctx, args...)
	cmd.Stderr = p
	p.start()
	err = cmd.Run()
	p.stop()
	if ctx.Err() != nil {
		return errors.New("interrupted; what was compiled so far is kept and the next build goes on from there")
	}
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, p.complaints())
	}
	for _, prog := range programs {
		if err := os.Rename(filepath.Join(dir, prog.output), filepath.Join(dir, prog.name)); err != nil {
			return err
		}
	}
	return nil
}

// ldflags drops symbol tables and stamps the version: the API server derives from it what it serves and emulates.
func ldflags(version string) string {
	flags := []string{"-s", "-w"}
	number := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		flags = append(flags,
			"-X "+pkg+".gitVersion="+version,
			"-X "+pkg+".gitMajor="+number[0],
			"-X "+pkg+".gitMinor="+number[1],
			"-X "+pkg+".gitTreeState=clean")
	}
	return strings.Join(flags, " ")
}

func goCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd
}

type versions struct{ kubernetes, etcd string }

// readModule returns the versions go.mod asks for and a hash over go.mod and go.sum.
func readModule() (versions, string, error) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		return versions{}, "", fmt.Errorf("run this in hack/controlplane: %w", err)
	}
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		return versions{}, "", err
	}
	require := func(module string) string {
		m := regexp.MustCompile(`(?m)^(?:require)?\s+` + regexp.QuoteMeta(module) + ` (v\d+\.\d+\.\d+\S*)`).FindSubmatch(mod)
		if m == nil {
			return ""
		}
		return string(m[1])
	}
	v := versions{kubernetes: require("k8s.io/kubernetes"), etcd: require("go.etcd.io/etcd/server/v3")}
	if v.kubernetes == "" || v.etcd == "" {
		return v, "", errors.New("go.mod does not require k8s.io/kubernetes and go.etcd.io/etcd/server/v3")
	}
	hash := sha256.New()
	hash.Write(mod)
	hash.Write(sum)
	return v, hex.EncodeToString(hash.Sum(nil)), nil
}

// cacheRoot is where every version is kept; internal/box looks in the same place.
func cacheRoot() (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "tocsin", "controlplane"), nil
}

func upToDate(dir, key string) bool {
	have, err := os.ReadFile(filepath.Join(dir, keyFile))
	return err == nil && string(have) == key
}

func holds(dir string, names ...string) bool {
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

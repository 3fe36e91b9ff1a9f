package box

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// The versions that hack/controlplane builds; its go.mod is where they are chosen, a test compares.
const (
	KubernetesVersion = "v1.37.1"
	EtcdVersion       = "v3.7.0"
)

// FindAssets returns the directory that holds the programs of a control plane: the given one or, if that is empty,
// the first that has them all of KUBEBUILDER_ASSETS and the cache that `make controlplane` fills.
func FindAssets(dir string, controllerManager bool) (string, error) {
	needed := []string{"etcd", "kube-apiserver"}
	if controllerManager {
		needed = append(needed, "kube-controller-manager")
	}
	candidates := []string{dir}
	if dir == "" {
		cache, err := cacheDir()
		if err != nil {
			return "", err
		}
		candidates = []string{os.Getenv("KUBEBUILDER_ASSETS"), cache}
	}
	var looked []string
	for _, candidate := range candidates {
		if candidate == "" {
			continue
		}
		candidate, err := filepath.Abs(candidate)
		if err != nil {
			return "", err
		}
		if holds(candidate, needed) {
			return candidate, nil
		}
		looked = append(looked, candidate)
	}
	return "", fmt.Errorf("%s not found in %s: run `make controlplane`, which builds them once",
		strings.Join(needed, ", "), strings.Join(looked, " or "))
}

func cacheDir() (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "tocsin", "controlplane", fmt.Sprintf("%s-etcd%s-%s-%s",
		KubernetesVersion, strings.TrimPrefix(EtcdVersion, "v"), runtime.GOOS, runtime.GOARCH)), nil
}

func holds(dir string, names []string) bool {
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// Package box runs a Kubernetes control plane on this machine: etcd, kube-apiserver and, when asked for,
// kube-controller-manager, without nodes and without containers. It is what `make demo` and `make run` stand on and
// what the tests that need a real API server start. Linux and macOS, root or ordinary user.
//
// Everything listens on the loopback address only, speaks TLS with certificates of an authority made for this box,
// and asks every client for one; RBAC decides what it may do. A box that keeps its state directory comes back with
// the same data, the same certificates and, unless somebody else took them, the same ports, so that a kubeconfig
// written once stays good.
//
// No process outlives the one that started it, however that one ends: on Linux the kernel kills the children of a
// dead parent, elsewhere a small guard does.
package box

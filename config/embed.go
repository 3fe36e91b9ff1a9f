// Package config holds the YAML that Tocsin is installed from, so that programs can install it without files beside
// them. It is the same YAML that `kubectl apply -k config/default` reads; no kustomization here renames anything.
package config

import "embed"

// Files are the CRDs, RBAC, admission policies, the namespace and the optional webhook, at their paths below config/.
//
//go:embed crd rbac admission manager webhook
var Files embed.FS

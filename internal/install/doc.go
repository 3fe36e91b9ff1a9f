// Package install puts Tocsin's definitions into a cluster: CRDs, namespace, RBAC and admission policies, from the same
// YAML as `kubectl apply -k config/default`, and tells whether the policies are in force. The manager itself is not
// installed: whoever calls this runs it in a process of its own.
package install

// Package servingcert makes, keeps and renews the certificate under which the API server reaches the manager's webhook. All
// replicas share it through a Secret; the one that leads writes it and tells the API server, in the webhook configuration, whom
// to trust.
//
// Each certificate has an authority of its own, whose key is thrown away once it has signed: whoever reads the Secret can serve
// as the webhook and make no other certificate. A new certificate is made well before the old one ends. Its authority is
// trusted for a while before it is shown, and the old authority for a while after, so that no call fails in between whatever
// replica and API server have seen of it (turn.go).
package servingcert

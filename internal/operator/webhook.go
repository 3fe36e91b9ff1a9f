package operator

import (
	"crypto/tls"
	"fmt"
	"net"
	"strconv"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"tocsin.dev/tocsin/controllers"
	"tocsin.dev/tocsin/internal/servingcert"
)

// What config/webhook calls its parts.
const (
	webhookService       = "tocsin-webhook"
	webhookSecret        = "tocsin-webhook-certificate"
	webhookConfiguration = "tocsin-policies"
	playbooksPath        = "/playbooks"
	triagePoliciesPath   = "/triagepolicies"
)

// addWebhook serves, in every replica, the webhook that refuses policies which are not sound.
func (op *Operator) addWebhook(o Options, judged controllers.Shell) error {
	if orOff(o.WebhookAddress) == "0" {
		return nil
	}
	host, text, err := net.SplitHostPort(o.WebhookAddress)
	if err != nil {
		return fmt.Errorf("address of the webhook: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil || port <= 0 {
		return fmt.Errorf("address of the webhook: %q is no port; write host:port, e.g. :9443", text)
	}
	if len(o.WebhookNames) == 0 {
		o.WebhookNames = []string{webhookService + "." + o.SystemNamespace + ".svc"}
	}
	direct, err := client.New(op.GetConfig(), client.Options{Scheme: Scheme, HTTPClient: op.GetHTTPClient(), Mapper: op.GetRESTMapper()})
	if err != nil {
		return fmt.Errorf("make the client of the webhook's certificate: %w", err)
	}
	keeper := &servingcert.Keeper{
		Client: direct, Clock: o.Clock, Secret: types.NamespacedName{Namespace: o.SystemNamespace, Name: webhookSecret},
		Configuration: webhookConfiguration, Names: o.WebhookNames, Leads: op.leads, Elected: op.Elected(),
	}
	server := webhook.NewServer(webhook.Options{Host: host, Port: port, TLSOpts: []func(*tls.Config){func(c *tls.Config) {
		c.MinVersion, c.GetCertificate = tls.VersionTLS13, keeper.Certificate
	}}})
	shell := controllers.Shell{Client: op.GetClient(), APIReader: op.GetAPIReader(), Clock: o.Clock, Proofs: judged.Proofs, Surroundings: judged.Surroundings}
	server.Register(playbooksPath, admission.WithValidator(Scheme, &controllers.PlaybookRefusal{Shell: shell}))
	server.Register(triagePoliciesPath, admission.WithValidator(Scheme, &controllers.TriagePolicyRefusal{Shell: shell}))
	if err := firstError(op.Add(keeper), op.Add(server)); err != nil {
		return err
	}
	if orOff(o.ProbeAddress) == "0" {
		return nil
	}
	return op.AddReadyzCheck("webhook", keeper.Ready)
}

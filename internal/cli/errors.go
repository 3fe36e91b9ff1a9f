package cli

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
)

// usageError is a mistake in how a command was asked for; configError is why there is no cluster to talk to.
type (
	usageError  struct{ message string }
	configError struct{ message string }
)

func (e *usageError) Error() string  { return e.message }
func (e *configError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// unreadable is an error in what was given to read: the command was used wrongly.
func unreadable(err error) error { return &usageError{err.Error()} }

// errFindings is returned when everything there is to say was printed already.
var errFindings = errors.New("there are findings")

// errUnreadable is errFindings where what was given could not be judged any further.
var errUnreadable = errors.New("there is what cannot be judged")

func exitCode(err error) int {
	var usage *usageError
	var config *configError
	var unreachable *url.Error
	switch {
	case errors.Is(err, context.Canceled):
		return exitStopped
	case errors.Is(err, errUnreadable), errors.As(err, &usage), errors.As(err, &config), errors.As(err, &unreachable):
		return exitUsage
	case apierrors.IsUnauthorized(err), notInstalled(err):
		return exitUsage
	default:
		return exitRefused
	}
}

// explain says an error in one sentence; empty when it was said already.
func explain(err error, host string) string {
	var unreachable *url.Error
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.Is(err, errFindings), errors.Is(err, errUnreadable):
		return ""
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the certificate of the API server at %s has expired, or this machine's clock is wrong: %v", host, invalid)
	case errors.As(err, &unknown):
		return fmt.Sprintf("the certificate of the API server at %s is signed by nobody your kubeconfig knows: check --context and --certificate-authority", host)
	case errors.As(err, &unreachable) && unreachable.Timeout():
		return fmt.Sprintf("the API server at %s did not answer in time; raise --request-timeout, or check the network", host)
	case errors.As(err, &unreachable):
		return fmt.Sprintf("the API server at %s cannot be reached: %v; check --kubeconfig, --context and the network", host, unreachable.Err)
	case apierrors.IsUnauthorized(err):
		return fmt.Sprintf("the API server at %s does not accept your credentials; log in again or check --context", host)
	case notInstalled(err):
		return fmt.Sprintf("the cluster at %s does not know Tocsin's kinds; install them, or check --context", host)
	}
	return refusal(err)
}

// expired says that the caller's certificate is no longer valid; empty: it is, or there is none.
func expired(config *rest.Config, now time.Time) string {
	data := config.CertData
	if len(data) == 0 && config.CertFile != "" {
		data, _ = os.ReadFile(config.CertFile) // who cannot read it is told so when it is used
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return ""
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !certificate.NotAfter.Before(now) {
		return ""
	}
	return fmt.Sprintf("your client certificate for the API server at %s expired on %s; have it renewed, or check --context", config.Host, certificate.NotAfter.UTC().Format(minute))
}

// inCommands turns what a policy says of fields into what there is to do on the command line.
var inCommands = strings.NewReplacer(
	"only those in spec.assignment.mayAct may (", "`kubectl tocsin show` lists who may (",
	"Use Complete or Decline", "Use `done` or `decline`",
	"Approve it or Refuse it", "Use `approve` or `refuse`",
)

// notChecked is what the API server adds where a value is wrong that other rules would have read: nothing to be done.
const notChecked = ", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"

// refusal leaves of the API server's answer what an admission policy wanted to say; other answers stay as they are.
func refusal(err error) string {
	message := err.Error()
	if apierrors.IsForbidden(err) && strings.Contains(message, " cannot ") && strings.Contains(message, "in API group") {
		return message + "; check -n and --context, or have somebody who administers the cluster give you a role for it there, e.g. tocsin-responder or tocsin-policy-owner"
	}
	if _, said, found := strings.Cut(message, "denied request: "); found {
		return "refused: " + inCommands.Replace(said)
	}
	return strings.ReplaceAll(message, notChecked, "")
}

// notInstalled tells a kind the server does not know from an object that does not exist.
func notInstalled(err error) bool {
	var status apierrors.APIStatus
	if !apierrors.IsNotFound(err) || !errors.As(err, &status) {
		return false
	}
	details := status.Status().Details
	return details == nil || details.Name == "" && strings.Contains(status.Status().Message, "could not find the requested resource")
}

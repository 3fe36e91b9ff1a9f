package operator

import (
	"net/http"
	"strings"
)

// fence lets writes to the API server through only while may says nil. It stands where all clients of the manager pass, so
// that whatever is still under way when a leader loses its lease stays without effect.
type fence struct {
	http.RoundTripper
	may func() error
}

// RoundTrip implements http.RoundTripper.
func (f fence) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := f.may(); err != nil && writes(r) {
		if r.Body != nil {
			_ = r.Body.Close() // as a RoundTripper must
		}
		return nil, err
	}
	return f.RoundTripper.RoundTrip(r)
}

// writes is whether a request changes anything: questions about somebody's rights, and what is only tried, do not.
func writes(r *http.Request) bool {
	if r.Method == http.MethodGet || r.URL.Query().Get("dryRun") != "" {
		return false
	}
	return !strings.HasPrefix(r.URL.Path, "/apis/authorization.k8s.io/") && !strings.HasPrefix(r.URL.Path, "/apis/authentication.k8s.io/")
}

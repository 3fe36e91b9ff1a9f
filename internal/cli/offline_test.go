package cli

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	clocktesting "k8s.io/utils/clock/testing"
)

// piped runs a command that needs no cluster and reads its standard input, at noon; there is no cluster it could reach.
func piped(t *testing.T, in string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	env := Env{In: strings.NewReader(in), Out: &out, Err: &errs, Clock: clocktesting.NewFakeClock(noon), Entropy: bytes.NewReader(nil)}
	args = append([]string{"--kubeconfig", filepath.Join(t.TempDir(), "none")}, args...)
	return result{Code: Run(t.Context(), env, args), Out: out.String(), Err: errs.String()}
}

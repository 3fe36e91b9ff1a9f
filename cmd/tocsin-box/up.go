package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/clock"

	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/demo"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/operator"
	"tocsin.dev/tocsin/playbooks"
)

// Where the packs are: the first one's namespace is the one that the kubeconfigs name.
const (
	upNamespace    = "service-desk"
	homesNamespace = "homes"
)

func upCommand() *cobra.Command {
	var dir, audit string
	cmd := &cobra.Command{Use: "up", Short: "Run the platform in real time until Ctrl-C; its data is kept", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return runUp(cmd.Context(), dir, audit, os.Stdout)
	}}
	cmd.Flags().StringVar(&dir, "dir", filepath.Join(".tocsin", "run"), "Where the data, the kubeconfigs, the receivers' books and the log are kept.")
	cmd.Flags().StringVar(&audit, "audit-log", "", "File that gets a line for each request to the API server. Default: none.")
	return cmd
}

func runUp(ctx context.Context, dir, audit string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := map[string]*os.File{}
	for _, name := range []string{"manager.log", "mail.jsonl", "webhook.jsonl"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		files[name] = f
	}
	logTo(files["manager.log"])
	if audit != "" {
		audit = absolute(audit) // a relative path is the caller's, not the box's
	}
	stage, err := demo.SetUp(ctx, demo.StageOptions{
		Box:       box.Options{Dir: filepath.Join(dir, "box"), AuditLog: audit, ControllerManager: true, Durable: true},
		Namespace: upNamespace, More: map[string]string{homesNamespace: playbooks.PropertyDeveloper}, Clock: clock.RealClock{}, Real: clock.RealClock{}, Entropy: rand.Reader,
		MailSink: files["mail.jsonl"], HookSink: files["webhook.jsonl"], Kept: filepath.Join(dir, "receivers.json"),
		Say: func(s string) { fmt.Fprintln(out, "·", s) },
	})
	if errors.Is(err, box.ErrRunning) {
		return fmt.Errorf("another Tocsin runs on the data in %[1]s already, most likely by `make run`. "+
			"Use that one (export KUBECONFIG=%[1]s/admin.kubeconfig), or stop it first with Ctrl-C where it runs", absolute(dir))
	}
	if err != nil {
		return err
	}
	err = errors.Join(serve(ctx, stage, dir, out), stage.Close())
	fmt.Fprintf(out, "Stopped. The data is kept in %s.\n", dir)
	return err
}

// absolute is the whole path of a file, as far as it can be told.
func absolute(file string) string {
	if whole, err := filepath.Abs(file); err == nil {
		return whole
	}
	return file
}

// serve runs the manager until the context ends.
func serve(ctx context.Context, stage *demo.Stage, dir string, out io.Writer) error {
	cfg, err := stage.Box.User(install.ManagerUser, "system:serviceaccounts", "system:serviceaccounts:"+install.Namespace)
	if err != nil {
		return err
	}
	var life [6]byte
	if _, err := rand.Read(life[:]); err != nil {
		return err
	}
	op, err := operator.New(ctx, cfg, operator.Options{
		Clock: clock.RealClock{}, Entropy: rand.Reader, Process: "box-" + hex.EncodeToString(life[:]),
		SystemNamespace: install.Namespace, Senders: notice.NewSenders(), Announce: true,
		// The directory's lock makes this the only manager; a lease would only be lost when the machine sleeps.
	})
	if err != nil {
		return err
	}
	if err := writeKubeconfigs(stage, dir); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	fmt.Fprintln(out, "· starting the manager")
	announced := make(chan error, 1)
	go func() {
		err := announce(ctx, op, stage, dir, out)
		if err != nil {
			stop()
		}
		announced <- err
	}()
	var broken error
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if broken = stage.Box.Ended(ctx); broken != nil {
			broken = fmt.Errorf("%w; its log is in %s. Nothing is lost: `make run` goes on where this stopped", broken, filepath.Join(dir, "box", "logs"))
			stop()
		}
	}()
	err = op.Start(ctx)
	stop()
	unsaid := <-announced
	<-watched
	switch {
	case broken != nil:
		return broken // whatever the manager says follows from it
	case err != nil || errors.Is(unsaid, context.Canceled):
		return err
	}
	return unsaid
}

// announce says that Tocsin runs, once it does: before, a complaint would be taken in but nobody asked.
func announce(ctx context.Context, op *operator.Operator, stage *demo.Stage, dir string, out io.Writer) error {
	admin, err := stage.Admin()
	if err != nil {
		return err
	}
	lacking, err := awaitReady(ctx, op, admin, upNamespace, homesNamespace)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	return explain(stage, dir, lacking, out)
}

// kubeconfig is where the kubeconfig of somebody lies.
func kubeconfig(dir, who string) string { return filepath.Join(dir, who+".kubeconfig") }

// writeKubeconfigs writes a kubeconfig for each of those that play a part.
func writeKubeconfigs(stage *demo.Stage, dir string) error {
	files := map[string]struct {
		user  string
		group string
	}{
		"admin":  {},
		"intake": {demo.UserIntake, demo.GroupIntake},
		"owner":  {demo.UserPolicyOwner, demo.GroupPolicyOwners},
		"linmei": {"lin.mei@example.com", demo.GroupResponders},
	}
	for who, f := range files {
		namespace := namespaceOf(kubeconfig(dir, who))
		if who == "admin" {
			data, err := os.ReadFile(stage.Box.Kubeconfig())
			if err != nil {
				return err
			}
			if err := os.WriteFile(kubeconfig(dir, who), data, 0o600); err != nil {
				return err
			}
		} else if err := stage.Box.WriteKubeconfig(kubeconfig(dir, who), f.user, f.group); err != nil {
			return err
		}
		if err := setNamespace(kubeconfig(dir, who), namespace); err != nil {
			return err
		}
	}
	return nil
}

// explain says what to try.
func explain(stage *demo.Stage, dir string, lacking []string, out io.Writer) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	path := func(who string) string { return kubeconfig(dir, who) }
	for i, what := range lacking {
		if i == 0 {
			fmt.Fprintln(out, "\nNot everything is ready; until it is, what needs it waits:")
		}
		fmt.Fprintln(out, "  "+what)
	}
	kubectl, elsewhere := stage.Box.Program("kubectl"), ""
	if set := namespaceOf(path("admin")); set != upNamespace {
		elsewhere = fmt.Sprintf("\n\nIt is set to namespace %s, as you left it. What follows is for %[2]s: kubectl config set-context --current --namespace=%[2]s", set, upNamespace)
	}
	fmt.Fprintf(out, `
Tocsin runs. Its data is kept in %[1]s; Ctrl-C stops it, starting it again goes on.

Point kubectl at it (no kubectl? here is one: %[2]s):

  export KUBECONFIG=%[3]s%[9]s

Four things to try:

  1. A complaint comes in, and is graded:
     kubectl apply -f playbooks/service-recovery/examples/complaints.yaml
     kubectl get complaints,responsetasks,notices

  2. Answer what you are asked, as the person it is asked of (ASSIGNEE):
     go build -o bin/ ./cmd/kubectl-tocsin
     somebody=$(kubectl get complaint example-lamp -o jsonpath={.status.handler}); echo $somebody
     bin/kubectl-tocsin --as $somebody --as-group %[6]s mine

  3. Raise a crisis, and watch it:
     kubectl apply -f playbooks/service-recovery/examples/incident.yaml
     bin/kubectl-tocsin status --watch

  4. The other policy, of a property developer, in a namespace of its own; ten households are a crisis at once:
     kubectl apply -n %[10]s -f playbooks/property-developer/examples/complaints.yaml
     bin/kubectl-tocsin status -n %[10]s

Beside it lie the kubeconfigs of others. %[7]s hands complaints in and
nothing else, with kubectl create: apply would read Secrets back, which intake may not. %[8]s
changes playbooks, teams and policies. %[5]s answers tasks as lin.mei@example.com.

Pack service-recovery is in namespace %[4]s, pack property-developer in %[10]s; docs/spec/notices.md says how another one uses the same mail server and webhook.
What went out, without the text: %[1]s/mail.jsonl, %[1]s/webhook.jsonl. The manager's log: %[1]s/manager.log
`, dir, kubectl, path("admin"), upNamespace, path("linmei"), demo.GroupResponders, path("intake"), path("owner"), elsewhere, homesNamespace)
	return nil
}

// namespaceOf is the default namespace of a kubeconfig as somebody may have set it since; at first the pack's.
func namespaceOf(path string) string {
	cfg, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return upNamespace
	}
	if c := cfg.Contexts[cfg.CurrentContext]; c != nil && c.Namespace != "" {
		return c.Namespace
	}
	return upNamespace
}

// setNamespace makes a namespace the default of a kubeconfig.
func setNamespace(path, namespace string) error {
	cfg, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return err
	}
	for _, c := range cfg.Contexts {
		c.Namespace = namespace
	}
	return clientcmd.WriteToFile(*cfg, path)
}

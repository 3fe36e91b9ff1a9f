package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const header = "id,received,channel,category,product,order,place,locale,class,reference,name,email,phone,statement,expectation,signals,affected,about,founded,satisfaction,speed,special,into,remedy,amount\n"

// csvRow is a row of the examples' layout.
func csvRow(id, received string) string {
	return fmt.Sprintf("%s,%s,Phone,delivery,Kettle,,,en,C,C-4711,Chen Jia,chen@example.com,138 0000 1234,%q,,,,,,,,,,,\n", id, received, privateStatement)
}

func (w *world) csv(rows ...string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "complaints.csv")
	w.Expect(os.WriteFile(path, []byte(header+strings.Join(rows, "")), 0o600)).To(Succeed())
	return path
}

func (w *world) complaints() int {
	w.t.Helper()
	var list v1alpha1.ComplaintList
	w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.namespace))).To(Succeed())
	return len(list.Items)
}

// intake runs a command as somebody who may hand complaints in and nothing else.
func (w *world) intake(args ...string) result {
	w.t.Helper()
	return w.run(w.ctx, w.kubeconfig("hotline", "tocsin:intake"), args...)
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	file := w.csv(csvRow("A1", "2026-03-01T09:00:00+08:00"), csvRow("A2", "the other day"), csvRow("A1", "2026-03-01T09:00:00+08:00"), csvRow("A3", "2026-03-01T10:00:00+08:00"))

	r := w.intake("import", file, "--mapping", "examples", "--dry-run")
	w.Expect(r.Code).To(Equal(exitRefused), r.Err)
	w.Expect(r.Out).To(Equal("2 complaints could be created, 0 already there, 1 repeated row, 1 broken row\n"))
	w.Expect(w.complaints()).To(BeZero())

	r = w.intake("import", file, "--mapping", "examples", "--workers", "2")
	w.Expect(r.Code).To(Equal(exitRefused), "a row is broken: "+r.Err)
	w.Expect(r.Out).To(Equal("2 complaints created, 0 already there, 1 repeated row, 1 broken row\n"))
	w.Expect(r.Err).To(And(HavePrefix(file+":"), ContainSubstring(file+":3: receivedAt"), ContainSubstring(file+":4: note: this is the same record as line 2"),
		ContainSubstring("error: 1 of 4 rows of "+file+" are broken")))
	w.Expect(w.complaints()).To(Equal(2))

	file = w.csv(csvRow("A1", "2026-03-01T09:00:00+08:00"), csvRow("A3", "2026-03-01T10:00:00+08:00"), csvRow("A3", "2026-03-01T10:00:00+08:00"))
	r = w.intake("import", file, "--mapping", "examples")
	w.Expect(r).To(HaveField("Code", exitOK), "an import that is repeated is no mistake")
	w.Expect(r.Out).To(HavePrefix("0 complaints created, 2 already there"))

	for _, private := range []string{privateStatement, "Chen Jia", "chen@", "138 0000"} {
		w.Expect(w.said.String()).NotTo(ContainSubstring(private))
	}
}

// Old rows are told before they are imported, with what that does; --shift-to-now moves them.
func TestImportOfOldRows(t *testing.T) {
	w := newWorld(t)
	file := w.csv(csvRow("A1", "2016-02-01T09:00:00Z"), csvRow("A2", "2016-02-21T09:00:00Z"), csvRow("A3", "2026-03-01T09:00:00Z"))
	r := w.intake("import", file, "--mapping", "examples", "--dry-run")
	w.Expect(r.Err).To(Equal("note: 2 of 3 rows were received more than 7 d ago, the oldest on 2016-02-01. Deadlines and rules by time (openFor) count from then: " +
		"their steps are overdue and their levels rise as soon as they are there. To try a playbook with them, --shift-to-now moves the dates\n"))

	file = w.csv(csvRow("A1", "2016-02-01T09:00:00Z"), csvRow("A2", "2016-02-21T09:00:00Z"))
	r = w.intake("import", file, "--mapping", "examples", "--shift-to-now", "--dry-run")
	w.Expect(r.Err).To(And(HavePrefix("note: the dates are moved: the oldest row counts as received on 2026-02-10 12:00 UTC (it says 2016-02-01 09:00 UTC), the newest now (it says 2016-02-21 09:00 UTC)\n"),
		ContainSubstring("1 of 2 rows were received more than 7 d ago"), HaveSuffix("--within 5d draws the dates together\n")))

	r = w.intake("import", file, "--mapping", "examples", "--shift-to-now", "--within", "1d")
	w.Expect(r.Code).To(Equal(exitOK), r.Err)
	w.Expect(r.Err).NotTo(ContainSubstring("days ago"))
	var list v1alpha1.ComplaintList
	w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.namespace))).To(Succeed())
	var at []string
	for _, c := range list.Items {
		at = append(at, c.Spec.ReceivedAt.UTC().Format(time.DateTime))
	}
	w.Expect(at).To(ConsistOf("2026-03-01 12:00:00", "2026-03-02 12:00:00"))

	for _, args := range [][]string{{file, "--within", "1d"}, {file, "--shift-to-now", "--within", "soon"}, {file, "--shift-to-now", "--within", "0d"}, {"-", "--shift-to-now"}} {
		w.Expect(w.intake(append([]string{"import", "--mapping", "examples"}, args...)...).Code).To(Equal(exitUsage), "%v", args)
	}
}

// A file in another encoding loses no text: its rows are refused and the message says how to convert it.
func TestImportOfAnotherEncoding(t *testing.T) {
	w := newWorld(t)
	gbk := strings.Replace(csvRow("G1", "2026-03-01T09:00:00+08:00"), "delivery,Kettle", "delivery,\xca\xd5\xb5\xbd", 1)
	file := w.csv(csvRow("G0", "2026-03-01T09:00:00+08:00"), gbk)
	r := w.intake("import", file, "--mapping", "examples", "-q")
	w.Expect(r.Code).To(Equal(exitRefused))
	w.Expect(r.Err).To(And(HavePrefix(file+":3: column 5: the text is not UTF-8; it looks like GBK"), ContainSubstring("iconv -f GB18030 -t UTF-8")))
	w.Expect(r.Out).To(HavePrefix("1 complaint created"))
	w.Expect(w.complaints()).To(Equal(1))
}

// A row that an admission policy refuses says why, in the policy's words.
func TestImportSaysWhyARowIsRefused(t *testing.T) {
	w := newWorld(t)
	file := w.csv(csvRow("F1", "2026-03-01T09:00:00+08:00"), csvRow("F2", "1970-03-01T09:00:00+08:00"))
	r := w.intake("import", file, "--mapping", "examples", "-q")
	w.Expect(r.Code).To(Equal(exitRefused))
	w.Expect(r.Out).To(HavePrefix("1 complaint created"))
	w.Expect(r.Err).To(ContainSubstring(file + ":3: the server refuses the Complaint: receivedAt lies before 1990, so the date was most likely misread"))
}

// A dry run tells what the real one would: the server is asked, and nothing is created.
func TestADryRunTellsWhatTheServerRefuses(t *testing.T) {
	w := newWorld(t)
	file := w.csv(csvRow("F1", "2026-03-01T09:00:00+08:00"), csvRow("F2", "1970-03-01T09:00:00+08:00"))
	w.Expect(w.intake("import", w.csv(csvRow("F1", "2026-03-01T09:00:00+08:00")), "--mapping", "examples")).To(HaveField("Code", exitOK))
	dry, earnest := w.intake("import", file, "--mapping", "examples", "-q", "--dry-run"), w.intake("import", file, "--mapping", "examples", "-q")
	w.Expect(dry.Code).To(Equal(exitRefused))
	w.Expect(dry.Out).To(Equal("0 complaints could be created, 1 already there, 0 repeated rows, 1 broken row\n"))
	w.Expect(dry.Err).To(And(Equal(earnest.Err), ContainSubstring(":3: the server refuses the Complaint: receivedAt lies before 1990")))
	w.Expect(w.complaints()).To(Equal(1))

	t.Log("without a server the file is looked at, and that is said")
	file = w.csv(csvRow("F1", "2026-03-01T09:00:00+08:00"), csvRow("F2", "1970-03-01T09:00:00+08:00"), csvRow("F3", "2026-03-02T12:05:00Z"), csvRow("F4", "2026-03-02T12:05:01Z"))
	alone := w.intake("import", file, "--mapping", "examples", "-q", "--dry-run", "--server", "https://127.0.0.1:1")
	w.Expect(alone.Code).To(Equal(exitRefused))
	w.Expect(alone.Out).To(Equal("2 complaints could be created, 0 already there, 0 repeated rows, 2 broken rows\n"))
	w.Expect(alone.Err).To(And(ContainSubstring("note: only the file was looked at, and what a server would refuse is not told: the API server at https://127.0.0.1:1 cannot be reached"),
		ContainSubstring(file+":3: receivedAt: 1970-03-01T01:00:00Z lies before 1990"), ContainSubstring(file+":5: receivedAt: 2026-03-02T12:05:01Z lies in the future")))
}

func TestImportShowsProgress(t *testing.T) {
	w := newWorld(t)
	var rows []string
	for i := range 600 {
		rows = append(rows, csvRow(fmt.Sprint("B", i), "2026-03-01T09:00:00+08:00"))
	}
	file := w.csv(rows...)
	lines := w.intake("import", file, "--mapping", "examples", "--dry-run")
	w.Expect(lines.Err).To(Equal("500 of 600 rows\n"))
	w.Expect(w.intake("import", file, "--mapping", "examples", "--dry-run", "-q").Err).To(BeEmpty())
	w.terminal, w.width = true, 60
	bar := w.intake("import", file, "--mapping", "examples", "--dry-run")
	w.Expect(bar.Err).To(HaveSuffix("\r[" + strings.Repeat("=", 40) + "] 600 of 600 rows\x1b[K\n"))
}

func TestImportThatCannotBe(t *testing.T) {
	w := newWorld(t)
	file := w.csv(csvRow("A1", "2026-03-01T09:00:00+08:00"))
	mapping := filepath.Join(t.TempDir(), "mapping.yaml")
	w.Expect(os.WriteFile(mapping, []byte("kind: ImportMapping\nname: mine\nid: row.nope\n"), 0o600)).To(Succeed())
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{w.csv(csvRow("A2", "once upon a time")), "--mapping", "examples"}, exitRefused, "no complaint could be imported"},
		{[]string{w.csv(), "--mapping", "examples"}, exitRefused, "no complaint could be imported"},
		{[]string{file}, exitUsage, "--mapping is needed"},
		{[]string{file, "--mapping", "nowhere.yaml"}, exitUsage, "nowhere.yaml"},
		{[]string{file, "--mapping", mapping}, exitUsage, mapping},
		{[]string{"nowhere.csv", "--mapping", "examples"}, exitUsage, "nowhere.csv"},
		{[]string{file, "--mapping", "examples", "--workers", "0"}, exitUsage, "--workers"},
		{[]string{file, "--mapping", "cfpb"}, exitRefused, "Date received"},
	} {
		r := w.intake(append([]string{"import"}, c.args...)...)
		w.Expect(r.Code).To(Equal(c.code), "%v: %s", c.args, r.Err)
		w.Expect(r.Err).To(ContainSubstring(c.says))
	}
	stranger := w.run(w.ctx, w.kubeconfig("stranger"), "import", file, "--mapping", "examples")
	w.Expect(stranger).To(And(HaveField("Code", exitRefused), HaveField("Err", ContainSubstring(`User "stranger" cannot create resource`))))
	w.Expect(w.complaints()).To(BeZero())
}

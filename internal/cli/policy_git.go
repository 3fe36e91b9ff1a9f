package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/verify"
)

// inRevision is whether a path is REV:PATH, and no file of that name.
func inRevision(path string) (revision, name string, is bool) {
	revision, name, is = strings.Cut(path, ":")
	if !is || revision == "" {
		return "", "", false
	}
	_, err := os.Stat(path)
	return revision, name, err != nil
}

// testsInRevision is the folder tests in a folder of a revision; empty where there is none.
func testsInRevision(ctx context.Context, revision, name string) string {
	tests := revision + ":" + strings.TrimSuffix(name, "/") + "/tests"
	if name == "" || name == "/" {
		tests = revision + ":tests"
	}
	kind, err := git(ctx, nil, "cat-file", "-t", tests)
	if err != nil || strings.TrimSpace(string(kind)) != "tree" {
		return ""
	}
	return tests
}

// readRevision reads the YAML files right inside a folder, or a file, of a Git revision. They are named REV:PATH.
// Together they hold no more than so many bytes. Of links it is said that they are not followed: where they lead to is a matter of
// the working folder, and not of the revision.
func (a *app) readRevision(ctx context.Context, revision, name string, most int64) ([]verify.File, error) {
	object, err := git(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+":"+name)
	if err != nil {
		return nil, notInGit(ctx, revision, name, err)
	}
	id := strings.TrimSpace(string(object))
	kind, err := git(ctx, nil, "cat-file", "-t", id)
	if err != nil {
		return nil, usagef("%s:%s: %v", revision, name, err)
	}
	label := revision + ":" + strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/")
	blobs := []blob{{label, id}}
	if strings.TrimSpace(string(kind)) == "tree" {
		listing, err := git(ctx, nil, "ls-tree", "-z", "--full-tree", id)
		if err != nil {
			return nil, usagef("%s: %v", label, err)
		}
		var links []string
		if blobs, links = yamlBlobs(label, string(listing)); len(links) > 0 {
			a.remark("%s: links are not followed in a revision, so what they lead to is left out; name it besides", strings.Join(links, ", "))
		}
		if len(blobs) == 0 {
			return nil, usagef("%s holds no YAML file", label)
		}
	}
	return readBlobs(ctx, label, blobs, most)
}

// blob is a file in Git: what it is called, and the id of what it holds.
type blob struct{ name, id string }

// yamlBlobs are the YAML files of a listing of Git, by name, and the links that are called like some: "100644 blob <id>\t<name>\0"
// each. Folders are passed over.
func yamlBlobs(folder, listing string) (files []blob, links []string) {
	separator := "/"
	if strings.HasSuffix(folder, ":") { // the top of the repository, or the working folder
		separator = ":"
	}
	for entry := range strings.SplitSeq(listing, "\x00") {
		head, name, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(head)
		if len(fields) != 3 || fields[1] != "blob" || !isYAML(name) {
			continue
		}
		path := strings.TrimSuffix(folder, ":") + separator + name
		if strings.HasPrefix(fields[0], "100") {
			files = append(files, blob{path, fields[2]})
		} else {
			links = append(links, path)
		}
	}
	slices.SortFunc(files, func(a, b blob) int { return strings.Compare(a.name, b.name) })
	return files, links
}

// readBlobs reads what files hold, all with one run of Git.
func readBlobs(ctx context.Context, label string, blobs []blob, most int64) ([]verify.File, error) {
	var ids strings.Builder
	for _, b := range blobs {
		ids.WriteString(b.id + "\n")
	}
	sizes, err := git(ctx, strings.NewReader(ids.String()), "cat-file", "--batch-check=%(objectsize)")
	if err != nil {
		return nil, usagef("%s: %v", label, err)
	}
	for size := range strings.FieldsSeq(string(sizes)) {
		n, _ := strconv.ParseInt(size, 10, 64) // Git writes numbers
		if most -= n; most < 0 {
			return nil, usagef("%s: that is more than %d MiB of policy in one go; name fewer files", label, pack.MostText>>20)
		}
	}
	contents, err := git(ctx, strings.NewReader(ids.String()), "cat-file", "--batch=%(objectsize)")
	if err != nil {
		return nil, usagef("%s: %v", label, err)
	}
	return texts(blobs, contents)
}

// texts takes what files hold from the answer of Git: "<size>\n<text>\n" each.
func texts(blobs []blob, contents []byte) ([]verify.File, error) {
	files := make([]verify.File, 0, len(blobs))
	in := bufio.NewReader(bytes.NewReader(contents))
	for _, b := range blobs {
		line, _ := in.ReadString('\n')
		size, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil || size < 0 || size > len(contents) {
			return nil, usagef("%s: git does not hold what the revision names; is the repository complete?", b.name)
		}
		text := make([]byte, size+1) // and a line end
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, usagef("%s: %v", b.name, err)
		}
		files = append(files, verify.File{Name: printable(b.name), Text: text[:size]})
	}
	return files, nil
}

// notInGit says why a revision does not hold a path.
func notInGit(ctx context.Context, revision, name string, err error) error {
	var failed *exec.ExitError
	where := printable(revision + ":" + name)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return usagef("there is no file or folder %s, and to read it as a revision the program git is needed and not installed", where)
	case !errors.As(err, &failed):
		return usagef("%s: %v", where, err)
	}
	if _, err := git(ctx, nil, "rev-parse", "--git-dir"); err != nil {
		return usagef("there is no file or folder %s, and to read it as a revision the working folder must be in a Git repository", where)
	}
	if _, err := git(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}"); err != nil {
		return usagef("there is no file or folder %s, and no revision %q in the Git repository; name a commit, branch or tag that was fetched", where, printable(revision))
	}
	return usagef("revision %s holds no file or folder %s; the path counts from the top of the repository, or write ./ before it", printable(revision), printable(name))
}

// git runs the program in the working folder and returns what it prints.
func git(ctx context.Context, in io.Reader, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Stdin = in
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) && len(failed.Stderr) > 0 {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(string(failed.Stderr)))
	}
	return out, err
}

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/internal/verify"
)

// packOf makes of files what the API server would.
func packOf(ctx context.Context, files []verify.File) (*pack.Pack, error) {
	return takenBy(ctx, verify.Pack, files)
}

// readPlayable reads what files hold to be played.
func (a *app) readPlayable(ctx context.Context, paths []string) (*pack.Pack, error) {
	files, err := a.readFiles(ctx, paths)
	if err != nil {
		return nil, err
	}
	return takenBy(ctx, verify.Playable, files)
}

// takenBy is what files hold, or a message about the first thing that is not taken.
func takenBy(ctx context.Context, take func(context.Context, *schema.Kinds, []verify.File) (*pack.Pack, []verify.Finding, error), files []verify.File) (*pack.Pack, error) {
	kinds, err := schema.Load(config.Files, "crd/bases")
	if err != nil {
		return nil, err
	}
	p, refused, err := take(ctx, kinds, files)
	switch {
	case err != nil:
		return nil, err
	case len(refused) == 1:
		return nil, usagef("%v", refused[0])
	case len(refused) > 1:
		return nil, usagef("%v\n%s more; `kubectl tocsin verify` lists all", refused[0], several(len(refused)-1, "fault"))
	}
	return p, nil
}

// readFiles reads the files that paths name, each once: files, the YAML files of folders, as kubectl apply -f does, standard
// input (-), and, where there is no file of that name, REV:PATH, a file or folder as it stands in a revision of the Git
// repository of the working folder. PATH counts from the top of the repository, or with ./ from the working folder, as Git has it.
func (a *app) readFiles(ctx context.Context, paths []string) ([]verify.File, error) {
	var files []verify.File
	seen := map[string]bool{}
	left := int64(pack.MostText)
	tooMuch := fmt.Sprintf("that is more than %d MiB of policy in one go; name fewer files", pack.MostText>>20)
	for _, path := range paths {
		if revision, name, is := inRevision(path); is {
			more, err := a.readRevision(ctx, revision, name, left)
			if err != nil {
				return nil, err
			}
			for _, f := range more {
				left -= int64(len(f.Text))
			}
			files = append(files, more...)
			continue
		}
		names, passedOver, err := yamlFiles(path)
		if err != nil {
			return nil, unreadable(err)
		}
		if len(passedOver) > 0 {
			fmt.Fprintf(a.Err, "note: %s left out, being no file that ends (a pipe, a socket, a link to a folder); name it to read it\n", printable(strings.Join(passedOver, ", ")))
		}
		for _, name := range names {
			if seen[filepath.Clean(name)] {
				continue
			}
			seen[filepath.Clean(name)] = true
			text, err := a.readText(ctx, name, left, tooMuch)
			if err != nil {
				return nil, unreadable(err)
			}
			left -= int64(len(text))
			files = append(files, verify.File{Name: printable(name), Text: text})
		}
	}
	return files, nil
}

// yamlFiles are a file itself, or the YAML files right inside a folder, by name. What has such a name and is no file is passed over: to
// read a pipe that nobody writes to has no end.
func yamlFiles(path string) (files, passedOver []string, err error) {
	if path == "-" {
		return []string{path}, nil, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, notThere(path, err)
	}
	if !info.IsDir() {
		return []string{path}, nil, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, nil, notThere(path, err)
	}
	for _, e := range entries {
		if e.IsDir() || !isYAML(e.Name()) {
			continue
		}
		name := filepath.Join(path, e.Name())
		if to, err := os.Stat(name); err == nil && !to.Mode().IsRegular() { // what a link leads to counts
			passedOver = append(passedOver, name)
			continue
		}
		files = append(files, name)
	}
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("%s holds no YAML file; name the folder of a pack", printable(path))
	}
	return files, passedOver, nil
}

// isYAML is whether a file is read where a folder is named.
func isYAML(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}

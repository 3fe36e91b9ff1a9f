package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/internal/verify"
)

// readPack reads policies from files, from the YAML files of folders, as kubectl apply -f does, and from standard input (-), and
// makes of them what the API server would.
func (a *app) readPack(ctx context.Context, paths []string) (*pack.Pack, error) {
	files, err := a.readFiles(paths)
	if err != nil {
		return nil, err
	}
	return packOf(ctx, files)
}

// packOf makes of files what the API server would.
func packOf(ctx context.Context, files []verify.File) (*pack.Pack, error) {
	kinds, err := schema.Load(config.Files, "crd/bases")
	if err != nil {
		return nil, err
	}
	p, refused, err := verify.Pack(ctx, kinds, files)
	switch {
	case err != nil:
		return nil, err
	case len(refused) == 1:
		return nil, usagef("%v", refused[0])
	case len(refused) > 1:
		return nil, usagef("%v\n%d more faults; `kubectl tocsin verify` lists all", refused[0], len(refused)-1)
	}
	return p, nil
}

// readFiles reads the files that paths name, each once.
func (a *app) readFiles(paths []string) ([]verify.File, error) {
	var files []verify.File
	seen := map[string]bool{}
	left := int64(pack.MostText)
	for _, path := range paths {
		names, err := yamlFiles(path)
		if err != nil {
			return nil, usagef("%v", err)
		}
		for _, name := range names {
			if seen[filepath.Clean(name)] {
				continue
			}
			seen[filepath.Clean(name)] = true
			text, err := a.readPolicy(name, left)
			if err != nil {
				return nil, usagef("%v", err)
			}
			left -= int64(len(text))
			files = append(files, verify.File{Name: name, Text: text})
		}
	}
	return files, nil
}

// yamlFiles are a file itself, or the YAML files right inside a folder, by name.
func yamlFiles(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, notThere(path, err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, notThere(path, err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && isYAML(e.Name()) {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no YAML file", path)
	}
	return files, nil
}

// isYAML is whether a file is read where a folder is named.
func isYAML(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}

func notThere(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file or folder %s", path)
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// readPolicy reads one file of at most so many bytes.
func (a *app) readPolicy(file string, most int64) ([]byte, error) {
	in := a.In
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, notThere(file, err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s: that is more than %d MiB of policy in one go; name fewer files", file, pack.MostText>>20)
	}
	return text, nil
}

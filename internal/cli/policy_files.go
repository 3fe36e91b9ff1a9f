package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tocsin.dev/tocsin/internal/pack"
)

// readPack reads policies from files, from the YAML files of folders, as kubectl apply -f does, and from standard input (-).
func (a *app) readPack(paths []string) (*pack.Pack, error) {
	p := pack.New()
	left := int64(pack.MostText)
	for _, path := range paths {
		files, err := yamlFiles(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := a.readPolicy(file, left)
			if err != nil {
				return nil, err
			}
			left -= int64(len(text))
			if err := p.Add(file, text); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
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
		if ext := strings.ToLower(filepath.Ext(e.Name())); !e.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, ext) {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no YAML file", path)
	}
	return files, nil
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

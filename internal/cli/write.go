package cli

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writeWhole writes a file that is there as a whole or as it was before, whatever the disk has room for.
func (a *app) writeWhole(name string, text []byte) error {
	err := a.replace(name, text)
	if err == nil {
		return nil
	}
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return usagef("%s cannot be written: %v; name another file, or make room for it", printable(name), err)
}

// replace writes beside a plain file, and then puts what is written into its place. Anything else, such as a pipe, is written to
// as it is.
func (a *app) replace(name string, text []byte) error {
	before, err := os.Stat(name)
	target, whole := behindLinks(name), true
	mode := fs.FileMode(0o644)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case a.isOut(before): // opened anew, it would be written over from its beginning
		_, err := a.Out.Write(text)
		return err
	default:
		there, err := os.Lstat(target)
		whole = err == nil && before.Mode().IsRegular() && os.SameFile(before, there)
		mode = before.Mode().Perm()
		if err := writeTo(name, os.O_WRONLY, mode, nil); err != nil { // what may not be written is not replaced either
			return err
		}
	}
	beside := filepath.Join(filepath.Dir(target), ".tocsin-"+rand.Text())
	if whole {
		err = writeTo(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode, text)
	}
	switch {
	case !whole, before != nil && errors.Is(err, fs.ErrPermission): // the file may be written and its folder may not
		return writeTo(name, os.O_WRONLY|os.O_TRUNC, mode, text)
	case err == nil && before != nil: // whatever the umask
		err = os.Chmod(beside, mode)
	}
	if err == nil {
		err = os.Rename(beside, target)
	}
	if err != nil {
		_ = os.Remove(beside) // the first error says more
	}
	return err
}

// writeTo opens a file, writes to it, and closes it.
func writeTo(name string, flags int, mode fs.FileMode, text []byte) error {
	file, err := os.OpenFile(name, flags, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// isOut is whether a file is what standard output goes to.
func (a *app) isOut(info fs.FileInfo) bool {
	to := a.Out
	if o, is := to.(*output); is {
		to = o.Writer
	}
	out, is := to.(*os.File)
	if !is {
		return false
	}
	own, err := out.Stat()
	return err == nil && os.SameFile(own, info)
}

// behindLinks is the file that symbolic links lead to, whether or not it is there.
func behindLinks(name string) string {
	for range 40 { // as the system does
		to, err := os.Readlink(name)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(name), to)
		}
		name = to
	}
	return name
}

//go:build unix

package box

import (
	"io"
	"os"
	"os/exec"
	"syscall"
)

// guardScript runs a program as its child and kills it once standard input ends, which it does when the process at
// the other end is gone. The shells themselves sit out SIGTERM: the program decides when it is over.
const guardScript = `
exec 3<&0
trap : TERM
"$@" 3<&- </dev/null &
program=$!
{ trap '' TERM; read -r _ <&3; kill -KILL $program; } >/dev/null 2>&1 &
guard=$!
exec 3<&-
while :; do
	wait $program
	status=$?
	kill -0 $program 2>/dev/null || break
done
kill -KILL $guard 2>/dev/null
exit $status
`

// startUnderShell is what takes the place of the kernel's help where there is none: a shell between this process and
// the child, with a pipe that ends when this process does.
func startUnderShell(cmd *exec.Cmd) (io.Closer, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	cmd.Args = append([]string{"/bin/sh", "-c", guardScript, "guard", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.Stdin = read
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		write.Close()
		return nil, err
	}
	return write, nil
}

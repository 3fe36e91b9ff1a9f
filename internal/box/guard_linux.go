package box

import (
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// spawn hands children to the one thread that starts them all. The kernel kills a child when the thread that started
// it ends, not only when the process does; so that thread is kept for the life of the process.
var spawn = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

// startGuarded starts a child that the kernel kills when this process is gone, however it went.
func startGuarded(cmd *exec.Cmd) (io.Closer, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	result := make(chan error)
	spawn() <- func() { result <- cmd.Start() }
	return nil, <-result
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tocsin.dev/tocsin/internal/install"
)

// manager is the real manager as a process of its own, so that its processor time and memory are its own.
type manager struct {
	cmd *exec.Cmd
	log *os.File
}

// startManager starts the manager.
func (s *stage) startManager(flags ...string) (*manager, error) {
	kubeconfig := filepath.Join(s.dir, "manager.kubeconfig")
	if err := s.box.WriteKubeconfig(kubeconfig, install.ManagerUser, managerGroups...); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "manager.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	flags = append([]string{"--kubeconfig=" + kubeconfig, "--leader-elect=false",
		"--metrics-bind-address=0", "--health-probe-bind-address=0"}, flags...)
	m := &manager{cmd: exec.Command(s.program, flags...), log: log} //nolint:noctx // it is stopped, not killed
	m.cmd.Stdout, m.cmd.Stderr = log, log
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return m, m.cmd.Start()
}

func (m *manager) stop() error {
	defer func() { _ = m.log.Close() }()
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return m.cmd.Wait()
}

// usage is what a process has taken so far.
type usage struct {
	cpu time.Duration
	rss int64 // bytes
}

// tick is the unit of processor time in /proc, the same on every Linux.
const tick = 10 * time.Millisecond

// usageOf reads processor time and resident memory of a process.
func usageOf(pid int) (usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, fmt.Errorf("processor time is read from /proc, on Linux only: %w", err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 22 {
		return usage{}, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	var n [3]int64
	for i, at := range []int{11, 12, 21} { // utime, stime, rss, counted from the third field on
		if n[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return usage{}, err
		}
	}
	return usage{time.Duration(n[0]+n[1]) * tick, n[2] * int64(os.Getpagesize())}, nil
}

func (m *manager) usage() (usage, error) { return usageOf(m.cmd.Process.Pid) }

// pause waits on the machine's clock.
func (s *stage) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-s.clock.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package e2e_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// insideVariable tells a copy of this program that it was started in a network
// namespace of its own.
const insideVariable = "E2E_INSIDE_NAMESPACE"

func inside() bool { return os.Getenv(insideVariable) != "" }

// namespaceLine is what the copy says about where it is.
var namespaceLine = regexp.MustCompile(`namespace (net:\[[0-9]+\])`)

// runInside runs this test once more, as another process in a network namespace
// of its own, and checks that nothing of that is left afterwards.
func runInside(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		missing(t, "ip, of the package iproute2")
	}
	args := []string{"-test.run", "^" + t.Name() + "$", "-test.v", "-test.count", "1", "-bot", subject(t).Spec.Bin}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.SysProcAttr = ownNetwork()
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	runtime.LockOSThread() // the kernel sends Pdeathsig when the starting thread ends
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		missing(t, fmt.Sprintf("the right to make a network namespace (%v)", err))
	}
	require.NoError(t, err)
	require.NoError(t, cmd.Wait(), "%s", &said)
	require.Contains(t, said.String(), "--- PASS: "+t.Name(), "it was really run")
	space := namespaceLine.FindStringSubmatch(said.String())
	require.NotNil(t, space, "%s", &said)
	assert.Empty(t, processesIn(t, space[1]), "processes left in %s", space[1])
	addrs, err := net.InterfaceAddrs()
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprint(addrs), tg, "Telegram's address is not on this machine's own devices")
}

// ownNetwork is a new network, in which this process' user may set addresses.
func ownNetwork() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return a
}

// missing skips a test for want of something; in CI that is a failure, or the
// test would be skipped for ever unnoticed.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("missing, and CI=true: %s", what)
	}
	t.Skipf("missing: %s", what)
}

// ownNamespace is the network namespace that this process is in.
func ownNamespace(t *testing.T) string {
	t.Helper()
	name, err := os.Readlink("/proc/self/ns/net")
	require.NoError(t, err)
	return name
}

// processesIn lists the processes in a network namespace.
func processesIn(t *testing.T, space string) (found []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/ns/net")
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, link := range all {
		if name, err := os.Readlink(link); err == nil && name == space { // others may end meanwhile
			found = append(found, link)
		}
	}
	return found
}

// setAddresses gives the namespace's loopback device more addresses.
func setAddresses(t *testing.T, addrs []string) {
	t.Helper()
	batch := "link set lo up\n"
	for _, a := range addrs {
		if strings.Contains(a, ":") {
			batch += "address add " + a + "/128 dev lo nodad\n"
		} else {
			batch += "address add " + a + "/32 dev lo\n"
		}
	}
	cmd := exec.CommandContext(t.Context(), "ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(batch)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

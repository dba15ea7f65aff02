package target

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// CPU is the processor time the running bot has used, all its threads, ended
// ones too, in nanoseconds and without special rights. It reads the other
// process' CPU clock (clock_getcpuclockid(3)): the ticks of /proc/PID/stat are
// 10 ms wide and miss an idle bot's wake-ups altogether. After the end it is
// what the kernel reported to the parent.
func (p *Process) CPU() (time.Duration, error) {
	if !p.Running() {
		return p.exit.CPU, nil
	}
	const cpuclockSched = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.PID()<<3|cpuclockSched), &ts); err != nil {
		return 0, fmt.Errorf("read CPU clock of process %d: %w", p.PID(), err)
	}
	return time.Duration(ts.Nano()), nil
}

// RSS is the memory the bot holds now, PeakRSS the most it ever held, in bytes.
func (p *Process) RSS() (int64, error) { return p.status("VmRSS") }

// PeakRSS is the most memory the bot ever held, in bytes.
func (p *Process) PeakRSS() (int64, error) { return p.status("VmHWM") }

// ResetPeakRSS makes PeakRSS count from now (proc(5), clear_refs 5).
func (p *Process) ResetPeakRSS() error {
	path := fmt.Sprintf("/proc/%d/clear_refs", p.PID())
	if err := os.WriteFile(path, []byte("5"), 0); err != nil {
		return fmt.Errorf("reset peak memory: %w", err)
	}
	return nil
}

// BytesRead is what the bot has read with read(2), from sockets too.
func (p *Process) BytesRead() (int64, error) {
	return p.field("io", "rchar", 1)
}

// Threads is the number of its threads.
func (p *Process) Threads() (int64, error) { return p.field("status", "Threads", 1) }

func (p *Process) status(name string) (int64, error) { return p.field("status", name, 1024) }

// field reads "name: 123" from a file below /proc/PID.
func (p *Process) field(file, name string, unit int64) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/%s", p.PID(), file))
	if err != nil {
		return 0, fmt.Errorf("read usage: %w", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		if key != name {
			continue
		}
		words := strings.Fields(value)
		if len(words) == 0 {
			break
		}
		n, err := strconv.ParseInt(words[0], 10, 64)
		return n * unit, err
	}
	return 0, errors.New("read usage: no " + name + " in " + file + ": the process may have ended")
}

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/prometheus/procfs"

	"hookproof/e2e/target"
	"hookproof/loadtest/internal/drive"
	"hookproof/loadtest/internal/result"
)

// environment names the machine and the bot, as far as they let themselves be
// named: a report without the CPU's model is better than none.
func environment(bot *target.Spec, d *drive.Driver) result.Environment {
	e := result.Environment{
		OS: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version(),
		GOMAXPROCS: d.GOMAXPROCS, Bot: bot.Name, BotSHA256: digest(bot.Bin), Meter: d.Meter(), CPU: "unknown CPU",
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		e.Kernel = strings.TrimSpace(string(release))
	}
	if fs, err := procfs.NewDefaultFS(); err == nil {
		if cpus, err := fs.CPUInfo(); err == nil && len(cpus) > 0 {
			e.CPU = cpus[0].ModelName
		}
	}
	return e
}

func digest(path string) string {
	f, err := os.Open(path) //nolint:gosec // the bot that the user named
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

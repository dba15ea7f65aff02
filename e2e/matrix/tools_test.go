package matrix_test

import (
	"os/exec"
	"sync"
)

// A need is a tool chain. Called, it looks once and says what is missing, or "".
type need func() string

var (
	goTool need = sync.OnceValue(func() string {
		return lacks(exec.Command("go", "mod", "download"), "../peers", "the modules of e2e/peers can't be downloaded")
	})
	nodeTool need = sync.OnceValue(func() string {
		for _, tool := range []string{"node", "npm", "flock"} {
			if _, err := exec.LookPath(tool); err != nil {
				return tool + " is not installed"
			}
		}
		return lacks(exec.Command("./install.sh"), "../peers/node", "the packages of e2e/peers/node can't be installed")
	})
	pythonTool need = sync.OnceValue(func() string {
		cmd := exec.Command("/usr/bin/python3", "-W", "ignore", "-c", `import telegram; assert telegram.__version__ == "13.15", telegram.__version__`)
		return lacks(cmd, ".", "Debian's python3-python-telegram-bot 13.15 is not installed")
	})
)

// lacks runs a command and says what is missing if it fails.
func lacks(cmd *exec.Cmd, dir, what string) string {
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	return what + ": " + err.Error() + "\n" + string(out)
}

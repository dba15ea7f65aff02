package verdict

import "hookproof/loadtest/internal/result"

// Exit codes of the harness. 2 is a mistake in the command line or the plan,
// 130 an interruption.
const (
	ExitPass         = 0
	ExitFail         = 1
	ExitInconclusive = 3
	ExitNoBot        = 4 // a bot crashed or was never ready
)

// ExitCode sums up: a bot that failed, then a promise that failed, then one
// that could not be judged. Verdicts that only inform do not count. Nothing
// judged is not a pass.
func ExitCode(r result.Result, verdicts []Verdict) int {
	count := map[Status]int{}
	for _, v := range verdicts {
		if v.Gates() {
			count[v.Status]++
		}
	}
	switch {
	case botFailed(r):
		return ExitNoBot
	case count[Fail] > 0:
		return ExitFail
	case count[Inconclusive] > 0 || count[Pass] == 0 || !r.Complete:
		return ExitInconclusive
	}
	return ExitPass
}

func botFailed(r result.Result) bool {
	for _, c := range r.Cells {
		for _, run := range c.Runs {
			for _, a := range run.Arms {
				if a.Failure != "" {
					return true
				}
			}
		}
	}
	return false
}

package render

import "time"

// Timing is how long the platform waits for what, before any scale. A zero
// field of Options.Timing is the platform's own value, as [PlatformTiming] has
// it.
type Timing struct {
	Build         time.Duration // a build command that runs longer fails the deploy
	PreDeploy     time.Duration // a pre-deploy command that runs longer fails the deploy
	StartDeadline time.Duration // a new instance that is not healthy by then fails the deploy
	ProbeEvery    time.Duration // between two health probes
	ProbeTimeout  time.Duration // of one health probe
	ProbeTwin     time.Duration // so often a second health probe comes at almost the same moment
	Unroute       time.Duration // failing so long takes an instance out of routing
	Restart       time.Duration // failing so long restarts an instance
	Overlap       time.Duration // from the switch to SIGTERM of the old instance
	Shutdown      time.Duration // from SIGTERM to SIGKILL; zero is what the Blueprint says
	Sleep         time.Duration // free plan: asleep after so long without requests
	Wake          time.Duration // free plan: until a woken instance is started
	CrashPause    time.Duration // from an exit to the next start
	Request       time.Duration // the longest a response may take
}

// PlatformTiming returns Render's own durations. Its shutdown delay is that of
// each service.
func PlatformTiming() Timing {
	return Timing{
		Build:         120 * time.Minute, // Render docs: deploys
		PreDeploy:     30 * time.Minute,  // Render docs: deploys
		StartDeadline: 15 * time.Minute,  // Render docs: deploys
		ProbeEvery:    5 * time.Second,   // measured
		ProbeTimeout:  5 * time.Second,   // Render docs: health checks
		ProbeTwin:     30 * time.Second,  // measured
		Unroute:       15 * time.Second,  // Render docs: health checks
		Restart:       60 * time.Second,  // Render docs: health checks
		Overlap:       60 * time.Second,  // Render docs: deploys; of workers inferred
		Sleep:         15 * time.Minute,  // Render docs: free instances
		Wake:          30 * time.Second,  // Render docs: "about a minute", start included
		CrashPause:    time.Second,       // not known
		Request:       100 * time.Minute, // Render docs: web services
	}
}

// over returns t with the fields that are set in o, each divided by scale.
func (t Timing) over(o Timing, scale float64) Timing {
	pick := func(own, other time.Duration) time.Duration {
		if other != 0 {
			own = other
		}
		return time.Duration(float64(own) / scale)
	}
	return Timing{
		Build:         pick(t.Build, o.Build),
		PreDeploy:     pick(t.PreDeploy, o.PreDeploy),
		StartDeadline: pick(t.StartDeadline, o.StartDeadline),
		ProbeEvery:    pick(t.ProbeEvery, o.ProbeEvery),
		ProbeTimeout:  pick(t.ProbeTimeout, o.ProbeTimeout),
		ProbeTwin:     pick(t.ProbeTwin, o.ProbeTwin),
		Unroute:       pick(t.Unroute, o.Unroute),
		Restart:       pick(t.Restart, o.Restart),
		Overlap:       pick(t.Overlap, o.Overlap),
		Shutdown:      pick(t.Shutdown, o.Shutdown),
		Sleep:         pick(t.Sleep, o.Sleep),
		Wake:          pick(t.Wake, o.Wake),
		CrashPause:    pick(t.CrashPause, o.CrashPause),
		Request:       pick(t.Request, o.Request),
	}
}

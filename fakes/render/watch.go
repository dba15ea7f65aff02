package render

import "time"

// A watch is over one instance that serves.
type watch struct {
	slot      *slot
	instance  *Instance
	failing   time.Time        // when the first health probe in a row failed; zero: the last one passed
	unrouted  bool             // for failing
	departing <-chan time.Time // not nil while leaving; SIGTERM is due
}

// run watches until the instance has to be stopped or has ended, and returns
// why. Health is probed to the end of an overlap, as observed on Render.
func (w *watch) run() (why string) {
	p := w.slot.p
	every, twin := time.NewTicker(p.timing.ProbeEvery), time.NewTicker(p.timing.ProbeTwin)
	defer every.Stop()
	defer twin.Stop()
	for {
		select {
		case lead := <-w.slot.leaving:
			w.depart(lead)
			continue
		case <-w.slot.back:
			w.recall()
			continue
		case <-w.departing:
			return "replaced"
		case <-w.instance.proc.Done():
			return "it has ended"
		case <-p.ctx.Done():
			return "the platform is closed"
		case <-twin.C: // a second one, beside the usual
		case <-every.C:
		}
		if p.service.Type != "worker" && w.probe() {
			return "health checks failed for " + p.real.Restart.String()
		}
	}
}

// depart ends the requests: after the dual-routing window, or at once where
// SIGTERM comes without lead.
func (w *watch) depart(lead time.Duration) {
	p := w.slot.p
	p.routes.leave(w.instance, min(p.unknowns.DualRouting, lead))
	p.note(w.instance, Leaving, "")
	if p.unknowns.CutInFlight {
		w.instance.cut()
	}
	w.departing = time.After(lead)
}

// recall has requests come again.
func (w *watch) recall() {
	if w.departing == nil {
		return
	}
	w.departing = nil
	if w.slot.p.edge != nil {
		w.slot.p.routes.add(w.instance)
	}
	w.slot.p.note(w.instance, Rerouted, "the deploy failed")
}

// probe makes a health probe and draws the conclusions; true is that the
// instance has to be restarted.
func (w *watch) probe() (restart bool) {
	p := w.slot.p
	err := p.serves(p.ctx, w.instance)
	if p.ctx.Err() != nil {
		return false
	}
	if err == nil {
		if w.unrouted && w.departing == nil {
			p.routes.add(w.instance)
			p.note(w.instance, Rerouted, "it passes health checks again")
		}
		w.failing, w.unrouted = time.Time{}, false
		return false
	}
	p.note(w.instance, ProbeFailed, err.Error())
	now := time.Now()
	if w.failing.IsZero() {
		w.failing = now
	}
	if !w.unrouted && now.Sub(w.failing) >= p.timing.Unroute {
		w.unrouted = true
		p.routes.drop(w.instance)
		p.note(w.instance, Unrouted, "health checks failed for "+p.real.Unroute.String())
	}
	return w.departing == nil && now.Sub(w.failing) >= p.timing.Restart
}

package render

import (
	"cmp"
	"fmt"
	"strconv"
)

// Preview makes the service that Render runs for a pull request: with a name of
// its own, IS_PULL_REQUEST, preview values, and without what somebody typed into
// the dashboard. It is a platform of its own, which must be deployed and closed.
// Command, Source and the rest of Options are those of p.
func (p *Platform) Preview(pullRequest int) (*Platform, error) {
	generation := cmp.Or(p.service.Previews.Generation, p.o.Blueprint.Previews.Generation, "off")
	if generation == "off" {
		return nil, fmt.Errorf("preview of pull request %d: the Blueprint has previews off", pullRequest)
	}
	p.mu.Lock()
	o := p.o
	p.mu.Unlock()
	if p.own != nil { // they end with p
		o.Ports = nil
	}
	s := p.service
	s.Name += "-pr-" + strconv.Itoa(pullRequest)
	s.Plan = cmp.Or(s.Previews.Plan, s.Plan)
	s.NumInstances = cmp.Or(s.Previews.NumInstances, s.NumInstances)
	return newPlatform(o, s, true)
}

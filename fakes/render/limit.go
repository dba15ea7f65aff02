package render

import (
	"errors"
	"fmt"
)

// confine makes the control group of an instance; nil where the platform sets
// no limits, or can't.
func (p *Platform) confine(r *release, id string) *controlGroup {
	if !p.o.Limits {
		return nil
	}
	e := Event{Kind: Limited, Deploy: r.number, Instance: id}
	plan, known := PlanOf(p.service.Plan)
	e.Text = fmt.Sprintf("%v CPU, %s", plan.CPU, megabytes(plan.Memory))
	var group *controlGroup
	err := errors.New("the plan is not known")
	if known {
		group, err = p.machine.confine(id, plan)
	}
	if err != nil {
		e.Kind, e.Text = Unlimited, "the limits of the plan are not applied: "+err.Error()
	}
	p.log.add(e)
	return group
}

// starved is Render's own words for an instance that used too much memory.
func (p *Platform) starved() string {
	plan, _ := PlanOf(p.service.Plan) // confine has had it
	return fmt.Sprintf("Ran out of memory (used over %s) while running your code", megabytes(plan.Memory))
}

// megabytes is a plan's memory as Render writes it: 512MB, 2GB.
func megabytes(n int64) string {
	if n /= mebibyte; n >= 1024 && n%1024 == 0 {
		return fmt.Sprintf("%dGB", n/1024)
	}
	return fmt.Sprintf("%dMB", n)
}

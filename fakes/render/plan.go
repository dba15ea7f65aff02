package render

import (
	"regexp"
	"slices"
	"strconv"
)

// A Plan is what an instance gets (Render docs: pricing, instance types).
type Plan struct {
	Name   string  // the name it has in a Blueprint since 2026-08-26, or free
	Legacy string  // the name before; "" when there was none
	CPU    float64 // cores
	Memory int64   // bytes
	Cents  int     // US cents a month; 0 is free, or not known
}

const mebibyte = 1 << 20

// plans are the plans of web services, workers, private services and cron
// jobs, from small to large. The prices of the plans that have only a new name
// are not known here.
var plans = []Plan{
	{Name: "free", CPU: 0.1, Memory: 512 * mebibyte},
	{Name: "0.5c-512mb", Legacy: "starter", CPU: 0.5, Memory: 512 * mebibyte, Cents: 700},
	{Name: "1c-2g", Legacy: "standard", CPU: 1, Memory: 2048 * mebibyte, Cents: 2500},
	{Name: "2c-4g", Legacy: "pro", CPU: 2, Memory: 4096 * mebibyte, Cents: 8500},
	{Name: "pro plus", CPU: 4, Memory: 8192 * mebibyte, Cents: 17500},
	{Name: "pro max", CPU: 4, Memory: 16384 * mebibyte, Cents: 22500},
	{Name: "pro ultra", CPU: 8, Memory: 32768 * mebibyte, Cents: 45000},
}

// planID is how the plans are named since 2026-08-26: by what they are.
var planID = regexp.MustCompile(`^([0-9]{1,3}(?:\.[0-9])?)c-([0-9]{1,4})(mb|g)$`)

// PlanOf finds a plan by its name in a Blueprint, old or new. The empty name is
// the plan of a new service whose Blueprint has none: starter. An id that is not
// listed here is taken at its word, for Render has more of them.
func PlanOf(name string) (Plan, bool) {
	if name == "" {
		name = "starter"
	}
	if i := slices.IndexFunc(plans, func(p Plan) bool { return p.Name == name || p.Legacy == name }); i >= 0 {
		return plans[i], true
	}
	m := planID.FindStringSubmatch(name)
	if m == nil {
		return Plan{}, false
	}
	cpu, _ := strconv.ParseFloat(m[1], 64)
	memory, _ := strconv.ParseInt(m[2], 10, 64)
	unit := int64(mebibyte)
	if m[3] == "g" {
		unit *= 1024
	}
	return Plan{Name: name, CPU: cpu, Memory: memory * unit}, cpu > 0 && memory > 0
}

// Free reports whether it costs nothing: the plan with the fixed shutdown delay
// and the sleep after 15 minutes without visitors.
func (p Plan) Free() bool { return p.Name == "free" }

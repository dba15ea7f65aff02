package render

import "slices"

// A rule is what the tables of fields can't say: how values depend on each
// other, and what this bot needs. Each has a case in testdata/blueprints, and a
// row in docs/render.md.
type rule struct {
	name   string
	source string
	advice bool // it makes notes: Render accepts what it finds
	judge  func(f *blueprintFile, say saying)
}

// A saying reports what a rule has found. Its arguments must not hold a value
// of the file unless it went through quote.
type saying func(at spot, format string, args ...any)

func rules() []rule {
	return slices.Concat(serviceRules(), planRules(), variableRules(), botRules(), adviceRules())
}

// apply runs the rules in their order.
func apply(all []rule, f *blueprintFile, found *findings) {
	for _, r := range all {
		report := found.say
		if r.advice {
			report = found.note
		}
		r.judge(f, func(at spot, format string, args ...any) { report(at, r.source, format, args...) })
	}
}

// each makes a rule's judge of one that looks at the services one by one.
func each(judge func(f *blueprintFile, s placedService, say saying)) func(*blueprintFile, saying) {
	return func(f *blueprintFile, say saying) {
		for _, s := range f.services {
			judge(f, s, say)
		}
	}
}

// eachVar makes a rule's judge of one that looks at every variable, those of
// the groups included.
func eachVar(judge func(v placedVar, say saying)) func(*blueprintFile, saying) {
	return func(f *blueprintFile, say saying) {
		for _, s := range f.services {
			for _, v := range s.env {
				judge(v, say)
			}
		}
		for _, g := range f.groups {
			for _, v := range g.env {
				judge(v, say)
			}
		}
	}
}

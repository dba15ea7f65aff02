package proof

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hookproof/e2e/target"
)

// Mode is the way a bot gets its updates.
type Mode string

// The two modes.
const (
	Webhook Mode = "webhook"
	Polling Mode = "polling"
)

// A Check proves one rule.
type Check struct {
	ID    string   // "S1": family and number
	Title string   // the rule, in one sentence
	AC    []string // the story's acceptance criteria it is evidence for
	Modes []Mode   // where the rule has a meaning
	// Needs is what the bot must have for the rule to be judged: names of
	// settings, or one of the words of the table needed.
	Needs []string
	// Weighs marks a check that measures memory or delays, or takes much of the
	// machine: the runner runs one of them at a time.
	Weighs bool
	Run    func(ctx context.Context, e *Env) error
}

// Family is the letter of the ID: S authenticity and limits, D delivery,
// L lifecycle, P polling, F performance, M migration.
func (c Check) Family() string { return c.ID[:1] }

// Families names the families in the catalogue's order.
func Families() map[string]string {
	return map[string]string{
		"S": "authenticity and limits",
		"D": "delivery",
		"L": "lifecycle",
		"P": "polling hygiene",
		"F": "performance",
		"M": "migration",
	}
}

// Catalogue lists all checks: family by family, by number.
func Catalogue() []Check {
	all := slices.Concat(
		secretChecks(), bodyChecks(), methodChecks(), addressChecks(), leakChecks(),
		deliveryChecks(), crashChecks(), drainChecks(), handlerChecks(), orderChecks(),
		registrationChecks(), conflictChecks(), stopChecks(),
		backoffChecks(), idleChecks(),
		performanceChecks(), migrationChecks(), migrateCommandChecks(),
	)
	slices.SortFunc(all, func(a, b Check) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// rank orders the families.
func (c Check) rank() int { return strings.Index("SDLPFM", c.Family()) }

// Find returns the check with the ID.
func Find(id string) (Check, error) {
	for _, c := range Catalogue() {
		if c.ID == id {
			return c, nil
		}
	}
	return Check{}, fmt.Errorf("no check %q in the catalogue", id)
}

// NotApplicable is the verdict on a bot that a rule cannot judge.
type NotApplicable struct{ Why string }

func (n *NotApplicable) Error() string { return "not applicable: " + n.Why }

// needed are the words for Check.Needs that are not settings.
func needed(s *target.Spec, need string) bool {
	switch need {
	case "sleep":
		return s.Texts.Sleep.Known()
	case "fail":
		return s.Texts.Fail.Known()
	case "panic":
		return s.Texts.Panic.Known()
	case "answer":
		return s.Texts.Answer.Known()
	case "echo":
		return s.Texts.Echo.Known()
	case "health":
		return s.Health != ""
	case "ready":
		return s.Ready != ""
	case "allowlist":
		return s.Allowlist
	case "migrate":
		return s.Commands["migrate webhook"] != nil && s.Commands["migrate polling"] != nil
	default:
		return s.Has(need)
	}
}

// applies says why the check cannot judge the bot in this mode, or nil.
func (c Check) applies(s *target.Spec, mode Mode) error {
	if !slices.Contains(c.Modes, mode) {
		return &NotApplicable{"the rule is not about " + string(mode)}
	}
	if !s.Runs(string(mode)) {
		return &NotApplicable{"the bot has no " + string(mode) + " mode"}
	}
	var missing []string
	for _, n := range c.Needs {
		if !needed(s, n) {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		return &NotApplicable{"the bot has no " + strings.Join(missing, ", ")}
	}
	return nil
}

// A Breach is a rule seen broken.
type Breach struct {
	Rule string // what should hold
	Sent string // what was done to the bot
	Got  string // what came of it
}

func (b *Breach) Error() string {
	return fmt.Sprintf("broken: %s\n  sent: %s\n  got:  %s", b.Rule, b.Sent, b.Got)
}

// broken makes a Breach.
func broken(rule, sent, got string, args ...any) error {
	return &Breach{Rule: rule, Sent: sent, Got: fmt.Sprintf(got, args...)}
}

// what is what came back in a Breach, for another one to tell; else the error.
func what(err error) string {
	if b, ok := errors.AsType[*Breach](err); ok {
		return b.Got
	}
	return err.Error()
}

// A Leak is the token or the secret in a bot's output: S12's matter, whichever
// check saw it.
type Leak struct {
	*Breach
	Beside bool // the check that saw it holds
}

func (l *Leak) Unwrap() error { return l.Breach }

// Broken reports whether err says that a rule is broken, rather than that the
// check itself could not be carried out.
func Broken(err error) bool {
	_, ok := errors.AsType[*Breach](err)
	return ok
}

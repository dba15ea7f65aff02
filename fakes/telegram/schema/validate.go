package schema

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Problem is one thing wrong with a JSON value.
type Problem struct {
	Path string // "$" is the whole value: "$.chat.id", "$.entities[0].type"
	Text string // "is required in Chat"
}

func (p *Problem) Error() string { return p.Path + ": " + p.Text }

// Validate checks a JSON value against a type or type expression ("Message",
// "Array of Update"). It returns nil or all problems, each a *Problem, joined.
func Validate(typeExpr string, raw []byte) error {
	return validate(parseDocExpr(typeExpr), raw)
}

// ValidateReturn checks a JSON value against what a method may answer.
func ValidateReturn(method string, raw []byte) error {
	m, err := methodNamed(method)
	if err != nil {
		return err
	}
	return validate(m.Returns, raw)
}

// Problems takes an error of Validate apart; anything else yields nothing.
func Problems(err error) []*Problem {
	var found []*Problem
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			found = append(found, Problems(e)...)
		}
		return found
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		found = append(found, p)
	}
	return found
}

func validate(e Expr, raw []byte) error {
	root, err := parseNode(raw)
	if err != nil {
		return &Problem{"$", err.Error()}
	}
	var c checker
	c.check("$", e, root)
	return errors.Join(c.errs...)
}

// A checker collects problems on a walk through a value.
type checker struct {
	errs []error
}

func (c *checker) add(path, format string, args ...any) {
	c.errs = append(c.errs, &Problem{path, fmt.Sprintf(format, args...)})
}

func (c *checker) check(path string, e Expr, n node) {
	switch {
	case e.Elem != nil:
		c.array(path, e, n)
	case e.Any != nil:
		c.oneOf(path, e.String(), e.Any, n)
	default:
		c.named(path, e.Name, n)
	}
}

func (c *checker) array(path string, e Expr, n node) {
	if n.kind != kindArray {
		c.add(path, "want %s, got %s", e, n.describe())
		return
	}
	for i, item := range n.items {
		c.check(fmt.Sprintf("%s[%d]", path, i), *e.Elem, item)
	}
}

func (c *checker) named(path, name string, n node) {
	if _, primitive := primitives[name]; primitive {
		c.primitive(path, name, n)
		return
	}
	t, ok := Type(name)
	if !ok {
		c.add(path, "type %q is not in Bot API %s", name, Version())
		return
	}
	if len(t.Subtypes) > 0 {
		c.oneOf(path, name, t.Subtypes, n)
		return
	}
	c.object(path, t, n)
}

// primitives maps the names of types without fields to the JSON they take.
// An InputFile is JSON only as the name of a file sent elsewhere.
var primitives = map[string]kind{
	"Integer":   kindNumber,
	"Float":     kindNumber,
	"String":    kindString,
	"Boolean":   kindBool,
	"InputFile": kindString,
}

func (c *checker) primitive(path, name string, n node) {
	if n.kind != primitives[name] {
		c.add(path, "want %s, got %s", name, n.describe())
		return
	}
	if name != "Integer" {
		return
	}
	if _, err := strconv.ParseInt(n.text, 10, 64); err != nil {
		c.add(path, "want Integer of 64 bits, got %s", n.describe())
	}
}

func (c *checker) object(path string, t *TypeSpec, n node) {
	if n.kind != kindObject {
		c.add(path, "want %s, got %s", t.Name, n.describe())
		return
	}
	seen := map[string]bool{}
	for _, m := range n.members {
		if seen[m.name] {
			c.add(join(path, m.name), "is given twice")
			continue
		}
		seen[m.name] = true
		c.field(path, t, m)
	}
	for _, f := range t.Fields {
		if f.Required && !seen[f.Name] {
			c.add(join(path, f.Name), "is required in %s", t.Name)
		}
	}
}

func (c *checker) field(path string, t *TypeSpec, m member) {
	path = join(path, m.name)
	f, ok := t.Field(m.name)
	if !ok {
		e, old := legacyField(t.Name, m.name)
		if !old {
			c.add(path, "is not a field of %s", t.Name)
			return
		}
		f = Field{Name: m.name, Type: e}
	}
	before := len(c.errs)
	c.check(path, f.Type, m.value)
	if len(c.errs) > before {
		return
	}
	if k, ok := constantOf(t.Name); ok && k.field == m.name && m.value.text != k.value {
		c.add(path, "must be %q in %s, got %s", k.value, t.Name, m.value.describe())
	}
	if values := enumOf(t.Name, m.name); !enumAllows(values, m.value.text) {
		c.add(path, "must be one of %s, got %s", strings.Join(values, ", "), m.value.describe())
	}
}

// oneOf checks a value against the alternatives that fit it best: those of its
// JSON kind, of them those whose constant matches, and of what is then left the
// one with the fewest problems.
func (c *checker) oneOf(path, want string, alternatives []Expr, n node) {
	fit := slices.DeleteFunc(slices.Clone(alternatives), func(e Expr) bool { return !takes(e, n.kind) })
	if len(fit) == 0 {
		c.add(path, "want %s, got %s", want, n.describe())
		return
	}
	fit, refusal := byConstant(fit, n)
	if len(fit) == 0 {
		c.add(join(path, refusal.field), "%s", refusal.text(want))
		return
	}
	var best []error
	for i, e := range fit {
		var try checker
		try.check(path, e, n)
		if i == 0 || len(try.errs) < len(best) {
			best = try.errs
		}
	}
	c.errs = append(c.errs, best...)
}

// takes reports whether a value of this kind can be an e at all.
func takes(e Expr, k kind) bool {
	switch {
	case e.Elem != nil:
		return k == kindArray
	case e.Any != nil:
		return slices.ContainsFunc(e.Any, func(a Expr) bool { return takes(a, k) })
	}
	if p, ok := primitives[e.Name]; ok {
		return p == k
	}
	t, ok := Type(e.Name)
	if ok && len(t.Subtypes) > 0 {
		return slices.ContainsFunc(t.Subtypes, func(s Expr) bool { return takes(s, k) })
	}
	return k == kindObject
}

// A refusal says why an object is none of the members of a union.
type refusal struct {
	field string // which tells the members apart
	value *node  // nil: the object lacks it
}

func (r refusal) text(union string) string {
	if r.value == nil {
		return "is required in " + union
	}
	return fmt.Sprintf("no kind of %s has %s here", union, r.value.describe())
}

// byConstant keeps the alternatives whose constant the object has; if there are
// none, those without a constant. An object that lacks the constant of all of
// them is refused without a look inside: to try each member of a union that
// contains itself would take time exponential in the depth.
func byConstant(alternatives []Expr, n node) (fit []Expr, why refusal) {
	var plain []Expr
	for _, e := range alternatives {
		k, ok := constantOf(e.Name)
		if !ok || n.kind != kindObject {
			plain = append(plain, e)
			continue
		}
		why.field = k.field
		have, present := n.find(k.field)
		if !present {
			continue
		}
		why.value = &have
		if have.text == k.value {
			fit = append(fit, e)
		}
	}
	if len(fit) > 0 {
		return fit, refusal{}
	}
	return plain, why
}

// join appends a field to a path.
func join(path, field string) string {
	if strings.ContainsAny(field, ".[]\" ") || field == "" {
		return path + "[" + strconv.Quote(clip(field)) + "]"
	}
	return path + "." + clip(field)
}

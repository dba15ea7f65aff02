package schema

import "strings"

// An Expr is a type expression: exactly one of its fields is set.
type Expr struct {
	Name string // Integer, Float, String, Boolean, or the name of a type
	Elem *Expr  // array of Elem
	Any  []Expr // any of these, at least two
}

// String returns the expression as the documentation writes it:
// "Array of Integer", "Integer or String".
func (e Expr) String() string {
	switch {
	case e.Elem != nil:
		return "Array of " + e.Elem.String()
	case e.Any != nil:
		names := make([]string, len(e.Any))
		for i, a := range e.Any {
			names[i] = a.String()
		}
		return strings.Join(names, " or ")
	}
	return e.Name
}

// parseExpr reads one alternative as botapi.json writes it.
func parseExpr(s string) Expr {
	if rest, ok := strings.CutPrefix(s, "Array of "); ok {
		elem := parseExpr(rest)
		return Expr{Elem: &elem}
	}
	return Expr{Name: s}
}

// anyOf joins alternatives; a single one stands for itself.
func anyOf(alternatives []string) Expr {
	if len(alternatives) == 1 {
		return parseExpr(alternatives[0])
	}
	e := Expr{Any: make([]Expr, len(alternatives))}
	for i, a := range alternatives {
		e.Any[i] = parseExpr(a)
	}
	return e
}

// parseDocExpr reads an expression as String writes it.
func parseDocExpr(s string) Expr {
	return anyOf(strings.Split(s, " or "))
}

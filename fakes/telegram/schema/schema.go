package schema

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed botapi.json
var botAPI []byte

// A MethodSpec describes one method of the Bot API.
type MethodSpec struct {
	Name    string // as documented: "sendMessage"
	Params  []Field
	Returns Expr
}

// Param returns the parameter with this exact name.
func (m *MethodSpec) Param(name string) (Field, bool) { return findField(m.Params, name) }

// A TypeSpec describes one type: an object with fields, or a union.
type TypeSpec struct {
	Name     string
	Fields   []Field // in the order of the documentation
	Subtypes []Expr  // of a union, else empty
}

// Field returns the documented field with this exact name.
func (t *TypeSpec) Field(name string) (Field, bool) { return findField(t.Fields, name) }

// A Field is a field of a type or a parameter of a method.
type Field struct {
	Name     string
	Type     Expr
	Required bool // by the documentation; the server enforces less
}

func findField(fields []Field, name string) (Field, bool) {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return fields[i], true
}

// Version returns the version of the Bot API described, such as "10.1".
func Version() string { return load().version }

// Methods returns all methods in the order of the documentation.
func Methods() []*MethodSpec { return slices.Clone(load().methods) }

// Types returns all types in the order of the documentation.
func Types() []*TypeSpec { return slices.Clone(load().types) }

// Method finds a method by name; like the server it ignores case.
func Method(name string) (*MethodSpec, bool) {
	m, ok := load().byMethod[strings.ToLower(name)]
	return m, ok
}

// Type finds a type by its exact name.
func Type(name string) (*TypeSpec, bool) {
	t, ok := load().byType[name]
	return t, ok
}

// UpdateKinds returns the kinds of updates, the optional fields of Update, in
// the order of the documentation.
func UpdateKinds() []string {
	var kinds []string
	for _, f := range load().byType["Update"].Fields {
		if !f.Required {
			kinds = append(kinds, f.Name)
		}
	}
	return kinds
}

// api is botapi.json, read.
type api struct {
	version  string
	methods  []*MethodSpec
	types    []*TypeSpec
	byMethod map[string]*MethodSpec // by lower-case name
	byType   map[string]*TypeSpec
}

// load parses the embedded file once. The file is part of the program, so a
// fault in it is a bug of this package.
var load = sync.OnceValue(func() *api {
	root, err := parseNode(botAPI)
	if err != nil {
		panic("schema: botapi.json: " + err.Error())
	}
	version, _ := root.find("version")
	methods, _ := root.find("methods")
	types, _ := root.find("types")
	a := &api{version: version.text, byMethod: map[string]*MethodSpec{}, byType: map[string]*TypeSpec{}}
	for _, m := range methods.members {
		spec := readMethod(m)
		a.methods = append(a.methods, spec)
		a.byMethod[strings.ToLower(spec.Name)] = spec
	}
	for _, m := range types.members {
		spec := readType(m)
		a.types = append(a.types, spec)
		a.byType[spec.Name] = spec
	}
	return a
})

func readMethod(m member) *MethodSpec {
	params, _ := m.value.find("params")
	returns, _ := m.value.find("returns")
	return &MethodSpec{Name: m.name, Params: readFields(params), Returns: anyOf(texts(returns))}
}

func readType(m member) *TypeSpec {
	fields, _ := m.value.find("fields")
	subtypes, _ := m.value.find("subtypes")
	t := &TypeSpec{Name: m.name, Fields: readFields(fields)}
	for _, s := range texts(subtypes) {
		t.Subtypes = append(t.Subtypes, parseExpr(s))
	}
	return t
}

func readFields(n node) []Field {
	fields := make([]Field, len(n.members))
	for i, m := range n.members {
		types, _ := m.value.find("types")
		required, _ := m.value.find("required")
		fields[i] = Field{Name: m.name, Type: anyOf(texts(types)), Required: required.text == "true"}
	}
	return fields
}

func texts(n node) []string {
	s := make([]string, len(n.items))
	for i, item := range n.items {
		s[i] = item.text
	}
	return s
}

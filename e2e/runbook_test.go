package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRunbook holds the runbook's tables to the bot's source: every warning and
// error that the bot can log, every text that an error is made of, and every
// reason, outcome and series has a row, and no row is of something that the bot
// does not say any more.
func TestRunbook(t *testing.T) {
	t.Parallel()
	said, rows := readSource(t), tableRows(readFile(t, "docs/runbook.md"))
	for _, tt := range []struct {
		sections []string
		said     []string
	}{
		{[]string{"Log lines: warnings and errors"}, said.logged},
		{[]string{"Settings, exit 2", "At run time, exit 1", "Of verify and migrate, exit 1", "What failed", "What was answered"}, said.errors},
		{[]string{"What /ready says"}, said.troubles},
		{[]string{"Reasons of refusal"}, said.reasons},
		{[]string{"Read the metrics"}, said.series},
	} {
		var shown []string
		for _, section := range tt.sections {
			require.NotEmpty(t, rows[section], "no table under %q", section)
			shown = append(shown, rows[section]...)
		}
		slices.Sort(shown)
		assert.Equal(t, slices.Compact(slices.Clone(shown)), shown, "two rows of one text")
		assert.Empty(t, without(tt.said, shown), "the bot says this, and there is no row under %q", tt.sections)
		assert.Empty(t, without(shown, tt.said), "these rows under %q are of what the bot does not say", tt.sections)
	}
}

// without returns what is in all and not in known.
func without(all, known []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(known, s) })
}

var (
	heading  = regexp.MustCompile(`^#+ (.*)$`)
	firstRow = regexp.MustCompile("^\\| `([^`]+)`")
	labels   = regexp.MustCompile(`\{.*`)
)

// tableRows are the first cells of all tables, by the heading above them,
// without a series' labels.
func tableRows(markdown string) map[string][]string {
	rows, section := map[string][]string{}, ""
	for line := range strings.Lines(prose(markdown)) {
		if m := heading.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			section = m[1]
		}
		if m := firstRow.FindStringSubmatch(line); m != nil {
			rows[section] = append(rows[section], labels.ReplaceAllString(m[1], ""))
		}
	}
	return rows
}

// What the bot can say. A verb of fmt is an ellipsis.
type sayings struct {
	logged   []string // at warning level and above
	errors   []string
	troubles []string // of its tie to Telegram
	reasons  []string // of refusal
	series   []string // of metrics

	whats map[string]int // functions that are told what is tried, and as which argument
}

// unseen are errors that only the bot itself reads, and what an operator sees.
var unseen = map[string]string{
	"not an update as the one before":                "nothing: net/http goes on with the connection",
	"wrong value":                                    "the setting's own line",
	"body too large":                                 "reason size",
	"too many updates in flight":                     "reason full",
	"the bot is stopping":                            "reason draining",
	"abandoned at the shutdown deadline":             "the line that names the abandoned updates",
	"left in Telegram's queue for the next instance": "outcome left",
}

func readSource(t *testing.T) *sayings {
	t.Helper()
	s := &sayings{whats: map[string]int{}}
	var names []string
	for _, pattern := range []string{"../bot/*.go", "../bot/internal/*/*.go"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		names = append(names, found...)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, file)
		s.learn(file)
	}
	for _, file := range files {
		s.read(t, file)
	}
	for _, list := range []*[]string{&s.logged, &s.errors, &s.troubles, &s.reasons, &s.series} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
		require.NotEmpty(t, *list)
	}
	return s
}

// learn finds the functions with a parameter named what.
func (s *sayings) learn(file *ast.File) {
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		n := 0
		for _, field := range f.Type.Params.List {
			for _, name := range field.Names {
				if name.Name == "what" {
					s.whats[f.Name.Name] = n
				}
				n++
			}
		}
	}
}

func (s *sayings) read(t *testing.T, file *ast.File) {
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if ok && f.Name.Name == "reason" {
			s.reasons = append(s.reasons, literals(f)...)
		}
		if ok && f.Name.Name == "families" || ok && f.Name.Name == "write" {
			s.series = append(s.series, slices.DeleteFunc(literals(f), func(l string) bool { return !strings.HasPrefix(l, "bot_") || strings.Contains(l, " ") })...)
		}
		inTrouble := ok && returns(f, "trouble")
		loud := louder(decl)
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				s.call(t, n, loud)
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Description" || ok && key.Name == "why" {
					s.described(key.Name, n.Value)
				}
			case *ast.ReturnStmt:
				if inTrouble && len(n.Results) > 0 {
					s.trouble(n.Results[0])
				}
			}
			return true
		})
	}
}

// call takes what one call says.
func (s *sayings) call(t *testing.T, c *ast.CallExpr, loud []string) {
	name, on := called(c)
	if i, ok := s.whats[name]; ok && i < len(c.Args) {
		s.errored(c.Args[i])
	}
	switch {
	case (name == "Warn" || name == "Error") && on != "http" && len(c.Args) > 0, slices.Contains(loud, name) && on == "":
		message, ok := text(c.Args[0])
		assert.True(t, ok, "%s.%s: the message is not a constant", on, name)
		s.logged = append(s.logged, message)
	case name == "LogAttrs" && len(c.Args) > 2:
		if level, ok := c.Args[1].(*ast.SelectorExpr); ok && (level.Sel.Name == "LevelWarn" || level.Sel.Name == "LevelError") {
			message, ok := text(c.Args[2])
			assert.True(t, ok, "%s.LogAttrs: the message is not a constant", on)
			s.logged = append(s.logged, message)
		}
	case name == "Errorf" || name == "New" && on == "errors":
		s.errored(c.Args[0])
	case name == "fail" && len(c.Args) > 1:
		s.errored(c.Args[1])
	case name == "set" && len(c.Args) == 1:
		s.trouble(c.Args[0])
	}
}

func (s *sayings) errored(e ast.Expr) {
	if message, ok := text(e); ok && unseen[message] == "" {
		s.errors = append(s.errors, message)
	}
}

func (s *sayings) trouble(e ast.Expr) {
	if message, ok := text(e); ok && message != "" {
		s.troubles = append(s.troubles, message)
	}
}

func (s *sayings) described(key string, e ast.Expr) {
	if key == "why" {
		s.trouble(e)
	} else {
		s.errored(e)
	}
}

// louder are the variables of a function that may be a logger's Warn or Error.
func louder(decl ast.Decl) (names []string) {
	ast.Inspect(decl, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != len(a.Rhs) {
			return true
		}
		for i := range a.Rhs {
			from, ok := a.Rhs[i].(*ast.SelectorExpr)
			to, named := a.Lhs[i].(*ast.Ident)
			if ok && named && (from.Sel.Name == "Warn" || from.Sel.Name == "Error") {
				names = append(names, to.Name)
			}
		}
		return true
	})
	return names
}

// returns reports whether the function's first result has this name.
func returns(f *ast.FuncDecl, name string) bool {
	r := f.Type.Results
	return r != nil && len(r.List) > 0 && len(r.List[0].Names) > 0 && r.List[0].Names[0].Name == name
}

func called(c *ast.CallExpr) (name, on string) {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name, ""
	case *ast.SelectorExpr:
		switch x := f.X.(type) {
		case *ast.Ident:
			return f.Sel.Name, x.Name
		case *ast.SelectorExpr:
			return f.Sel.Name, x.Sel.Name
		}
		return f.Sel.Name, "?"
	}
	return "", ""
}

// verb is one of fmt's, with a colon's line break as it is shown.
var verb = regexp.MustCompile(`"?%[-+#0-9.]*[a-zA-Z]"?`)

// text is what an expression says: a literal, one that begins a sum, or the
// format of a Sprintf.
func text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if e.Kind != token.STRING || err != nil {
			return "", false
		}
		s = verb.ReplaceAllString(s, "…")
		return strings.Join(strings.Fields(s), " "), true
	case *ast.BinaryExpr:
		s, ok := text(e.X)
		return strings.TrimRight(s, " ") + " …", ok
	case *ast.CallExpr:
		if name, on := called(e); name == "Sprintf" && on == "fmt" {
			return text(e.Args[0])
		}
	}
	return "", false
}

func literals(n ast.Node) (all []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil {
				all = append(all, s)
			}
		}
		return true
	})
	return all
}

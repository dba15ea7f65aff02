package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoMethod is what the functions that take the name of a method wrap when
// the Bot API has none of that name.
var ErrNoMethod = errors.New("no such method in the Bot API")

func methodNamed(name string) (*MethodSpec, error) {
	m, ok := Method(name)
	if !ok {
		return nil, fmt.Errorf("%w %s: %q", ErrNoMethod, Version(), name)
	}
	return m, nil
}

// A Refusal is a call refused for its parameters, code 400. Its text is the
// description of the answer: `Bad Request: parameter "title" is required`.
type Refusal struct{ Text string }

func (r *Refusal) Error() string { return r.Text }

// refuse makes a refusal of a text as the server does: with a prefix, and its
// first letter in lower case unless an upper-case letter or "_" follows it
// (Bot API server source).
func refuse(text string) *Refusal {
	if len(text) > 1 && text[1] != '_' && (text[1] < 'A' || text[1] > 'Z') {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return &Refusal{"Bad Request: " + text}
}

// CheckParams checks the parameters of a call as leniently as the server does
// and returns nil, its refusal as a *Refusal, or an error that wraps
// ErrNoMethod. It knows no chats, messages or users, so it finds only what is
// wrong with the parameters alone.
//
// A required parameter without a refusal of its own on the server is refused
// with the general text. There the server is more lenient and lets Telegram's
// backend refuse the call, with texts that are not public.
func CheckParams(method string, params Params) error {
	m, err := methodNamed(method)
	if err != nil {
		return err
	}
	c := paramCheck{method: m, params: params}
	for _, p := range serverOrder(m.Params) {
		if r := c.param(p); r != nil {
			return r
		}
	}
	if r := c.combination(); r != nil {
		return r
	}
	return nil
}

// serverOrder sorts parameters as the server looks at them: the user first,
// then the content, and the chat and message last, because looking them up
// takes a request to Telegram (Bot API server source).
func serverOrder(params []Field) []Field {
	rank := map[string]int{"user_id": -1, "chat_id": 1, "message_id": 2, "message_ids": -1, "from_chat_id": -1}
	sorted := slices.Clone(params)
	slices.SortStableFunc(sorted, func(a, b Field) int { return rank[a.Name] - rank[b.Name] })
	return sorted
}

type paramCheck struct {
	method *MethodSpec
	params Params
}

// param checks one parameter.
func (c paramCheck) param(p Field) *Refusal {
	text := c.params.Values[p.Name]
	switch {
	case p.Name == "user_id" && p.Required:
		if leadingInt(text) <= 0 {
			return refuse("Invalid user_id specified")
		}
		return nil
	case takesFile(p.Type):
		return c.file(p)
	case text == "":
		return c.absent(p)
	case takesJSON(p.Type):
		return c.json(p, text)
	}
	return c.word(p, text)
}

// absent refuses the lack of a required parameter. A Boolean is never missing:
// absent means false.
func (c paramCheck) absent(p Field) *Refusal {
	if !p.Required || p.Type.Name == "Boolean" {
		return nil
	}
	if text, ok := lookup(absences, c.method.Name, p.Name); ok {
		if text == "" {
			return nil
		}
		return refuse(text)
	}
	return refuse(fmt.Sprintf("Parameter %q is required", p.Name))
}

// file checks a parameter that is an upload, or text that names a file.
func (c paramCheck) file(p Field) *Refusal {
	text := c.params.Values[p.Name]
	name, attached := strings.CutPrefix(text, "attach://")
	if c.params.Files[p.Name] || attached && c.params.Files[name] {
		return nil
	}
	if !p.Required {
		return nil
	}
	name = strings.ReplaceAll(p.Name, "_", " ")
	if text == "" || attached {
		return refuse("There is no " + name + " in the request")
	}
	if p.Type.Name == "InputFile" {
		return refuse(strings.ToUpper(name[:1]) + name[1:] + " must be uploaded as an InputFile")
	}
	return nil
}

// word checks text of which the server knows all legal values.
func (c paramCheck) word(p Field, text string) *Refusal {
	row, ok := lookup(words, c.method.Name, p.Name)
	if !ok || slices.Contains(row.values, text) {
		return nil
	}
	return refuse(row.refusal)
}

// combination checks parameters that depend on one another.
func (c paramCheck) combination() *Refusal {
	if _, ok := c.method.Param("inline_message_id"); ok {
		v := c.params.Values
		if v["chat_id"] == "" && v["message_id"] == "" && v["inline_message_id"] == "" {
			return refuse("Message identifier is not specified")
		}
	}
	needed := ""
	switch c.method.Name {
	case "answerShippingQuery":
		needed = "error_message"
		if truth(c.params.Values["ok"]) {
			needed = "shipping_options"
		}
	case "answerPreCheckoutQuery":
		if !truth(c.params.Values["ok"]) {
			needed = "error_message"
		}
	}
	if needed != "" && c.params.Values[needed] == "" {
		return refuse(fmt.Sprintf("Parameter %q is required", needed))
	}
	return nil
}

// takesFile reports whether e is or may be an uploaded file.
func takesFile(e Expr) bool {
	return e.Name == "InputFile" || slices.ContainsFunc(e.Any, takesFile)
}

// takesJSON reports whether e is sent as JSON text.
func takesJSON(e Expr) bool {
	if e.Any != nil {
		return slices.ContainsFunc(e.Any, takesJSON)
	}
	_, primitive := primitives[e.Name]
	return !primitive
}

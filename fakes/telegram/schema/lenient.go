package schema

import (
	"fmt"
	"slices"
	"strconv"
)

// json checks a parameter that is JSON text.
func (c paramCheck) json(p Field, text string) *Refusal {
	row := jsonTexts(c.method.Name, p)
	if p.Name == "reply_markup" {
		p.Type = anyMarkup // one parser serves all methods (Bot API server source)
	}
	n, err := parseNode([]byte(text))
	if err != nil {
		if row.ignore {
			return nil
		}
		return refuse("Can't parse " + row.json)
	}
	if p.Type.Elem == nil && !isArrays(p.Type) {
		if n.kind != kindObject {
			return refuse(row.want)
		}
		return refuseIn(row.item, lenient(p.Type, n))
	}
	if n.kind != kindArray {
		if row.ignore {
			return nil
		}
		return refuse(row.want)
	}
	if p.Name == "entities" && c.params.Values["parse_mode"] != "" {
		return nil // the text has its own markup
	}
	return checkItems(row, p.Type, n)
}

var anyMarkup = anyOf([]string{"InlineKeyboardMarkup", "ReplyKeyboardMarkup", "ReplyKeyboardRemove", "ForceReply"})

// isArrays reports whether e is a choice of arrays.
func isArrays(e Expr) bool { return len(e.Any) > 0 && e.Any[0].Elem != nil }

func checkItems(row jsonText, e Expr, n node) *Refusal {
	elem := elemOf(e)
	for _, item := range n.items {
		if row.words != "" {
			number := elem.Name == "Integer" && item.kind == kindNumber
			if item.kind != kindString && !number {
				return refuse(row.words)
			}
			continue
		}
		if problem := lenient(elem, item); problem != "" {
			return refuseIn(row.item, problem)
		}
	}
	return nil
}

// elemOf returns what the array e holds; of a choice of arrays, a choice.
func elemOf(e Expr) Expr {
	if e.Elem != nil {
		return *e.Elem
	}
	var elems []Expr
	for _, a := range e.Any {
		elems = append(elems, *a.Elem)
	}
	return Expr{Any: elems}
}

// refuseIn refuses with a problem found inside what is called name.
func refuseIn(name, problem string) *Refusal {
	switch {
	case problem == "":
		return nil
	case name == "":
		return refuse(problem)
	}
	return refuse("Can't parse " + name + ": " + problem)
}

// lenient checks a value inside a JSON parameter as the server does and returns
// the first problem, or "". Numbers may be written as strings and strings as
// numbers, unknown fields are ignored, an absent Boolean is false, but null
// counts as present and is of the wrong type (Bot API server source).
func lenient(e Expr, n node) string {
	if elem := e.Elem; elem != nil {
		for _, item := range n.items {
			if problem := lenient(*elem, item); problem != "" {
				return problem
			}
		}
		return ""
	}
	if _, ok := primitives[e.Name]; ok {
		return lenientPrimitive("value", e.Name, n)
	}
	if e.Any != nil {
		return lenientUnion(e.String(), e.Any, n)
	}
	t, ok := Type(e.Name)
	if !ok {
		return ""
	}
	if len(t.Subtypes) > 0 {
		return lenientUnion(t.Name, t.Subtypes, n)
	}
	if n.kind != kindObject {
		return "expected an Object"
	}
	return lenientObject(t, n)
}

func lenientObject(t *TypeSpec, n node) string {
	for _, f := range t.Fields {
		value, present := n.find(f.Name)
		problem := ""
		if present {
			problem = lenientField(f, value)
		} else if f.Required && f.Type.Name != "Boolean" {
			problem = lack(t.Name, f.Name)
		}
		if problem != "" {
			return problem
		}
	}
	return ""
}

// lack is the problem of an object without a field.
func lack(typeName, field string) string {
	switch {
	case field == "media" && len(typeName) > 10 && typeName[:10] == "InputMedia":
		return "media not found"
	case typeName == "InputSticker" && field == "sticker":
		return "sticker not found"
	}
	return fmt.Sprintf("Can't find field %q", field)
}

func lenientField(f Field, n node) string {
	if f.Type.Elem != nil && n.kind != kindArray {
		return fmt.Sprintf("Field %q must be of type Array", f.Name)
	}
	if _, ok := primitives[f.Type.Name]; ok {
		return lenientPrimitive(f.Name, f.Type.Name, n)
	}
	if takes(f.Type, kindObject) && !takes(f.Type, n.kind) {
		return fmt.Sprintf("Field %q must be of type Object", f.Name)
	}
	if buttons, ok := buttonRows[f.Name]; ok {
		return lenientRows(f, buttons, n)
	}
	return lenient(f.Type, n)
}

// buttonRows names what the fields with rows of buttons hold.
var buttonRows = map[string]string{
	"keyboard":        "keyboard button",
	"inline_keyboard": "inline keyboard button",
}

func lenientRows(f Field, button string, n node) string {
	for _, row := range n.items {
		if row.kind != kindArray {
			where := ""
			if f.Name == "inline_keyboard" {
				where = " of the InlineKeyboardMarkup"
			}
			return fmt.Sprintf("Field %q%s must be an Array of Arrays", f.Name, where)
		}
		for _, b := range row.items {
			if b.kind == kindString && f.Name == "keyboard" {
				continue // a keyboard button may be its text alone
			}
			problem := lenient(*f.Type.Elem.Elem, b)
			if problem == "" && f.Name == "inline_keyboard" && !hasAction(b) {
				problem = "Text buttons are unallowed in the inline keyboard"
			}
			if problem != "" {
				return "Can't parse " + button + ": " + problem
			}
		}
	}
	return ""
}

// hasAction reports whether an inline keyboard button does anything.
func hasAction(button node) bool {
	return slices.ContainsFunc(button.members, func(m member) bool {
		return m.name != "text" && m.name != "style" && m.name != "icon_custom_emoji_id"
	})
}

func lenientPrimitive(field, name string, n node) string {
	numeric := n.kind == kindNumber || n.kind == kindString
	switch name {
	case "Boolean":
		if n.kind != kindBool {
			return fmt.Sprintf("Field %q must be of type Boolean", field)
		}
	case "Integer":
		if !numeric {
			return fmt.Sprintf("Field %q must be a Number", field)
		}
		if _, err := strconv.ParseInt(n.text, 10, 64); err != nil {
			return fmt.Sprintf("Field %q must be a valid Number", field)
		}
	case "Float":
		if !numeric {
			return fmt.Sprintf("Field %q must be of type Number", field)
		}
	default:
		if !numeric {
			return fmt.Sprintf("Field %q must be of type String", field)
		}
	}
	return ""
}

// lenientUnion checks an object against the member of a union that its constant
// names, or the one whose own fields it has; an empty reply markup is legal.
func lenientUnion(union string, members []Expr, n node) string {
	if !slices.ContainsFunc(members, func(e Expr) bool { return takes(e, n.kind) }) {
		return "expected an Object"
	}
	if n.kind != kindObject {
		return ""
	}
	fit, why := byConstant(slices.DeleteFunc(slices.Clone(members), func(e Expr) bool {
		return !takes(e, kindObject)
	}), n)
	switch {
	case len(fit) == 1:
		return lenient(fit[0], n)
	case len(fit) > 1:
		return lenientBest(fit, n)
	case why.value == nil:
		return fmt.Sprintf("Can't find field %q", why.field)
	}
	if text, ok := unknownMember[union]; ok {
		return text
	}
	return fmt.Sprintf("%s %q is unsupported", why.field, why.value.text)
}

// lenientBest chooses among members which no constant tells apart the one with
// most of its required fields present and fewest missing. An object that has
// none of any, such as an empty reply markup, is accepted (observed on the real
// server).
func lenientBest(members []Expr, n node) string {
	best, most, some := members[0], -1<<30, false
	for _, e := range members {
		t, ok := Type(e.Name)
		if !ok {
			continue
		}
		present, missing := countRequired(t, n)
		some = some || present > 0
		if present-missing > most {
			best, most = e, present-missing
		}
	}
	if !some {
		return ""
	}
	return lenient(best, n)
}

func countRequired(t *TypeSpec, n node) (present, missing int) {
	for _, f := range t.Fields {
		if !f.Required {
			continue
		}
		if _, ok := n.find(f.Name); ok {
			present++
		} else {
			missing++
		}
	}
	return present, missing
}

// unknownMember holds the problem of a union whose constant is unknown, where
// the server has a text for it. Source: Bot API server source.
var unknownMember = map[string]string{
	"BotCommandScope":      "Unsupported type specified",
	"MenuButton":           "MenuButton has unsupported type",
	"ReactionType":         "invalid reaction type specified",
	"PassportElementError": "wrong source specified",
}

package schema

import "fmt"

// CheckParams checks the parameters of a call as leniently as the server does
// and returns its refusal, whose text is the description of the answer.
func CheckParams(method string, params Params) error {
	m, ok := Method(method)
	if !ok {
		return fmt.Errorf("method %q is not in Bot API %s", method, Version())
	}
	for _, p := range m.Params {
		if p.Required && params.Values[p.Name] == "" && !params.Files[p.Name] {
			return fmt.Errorf("Bad Request: parameter %q is required", p.Name)
		}
	}
	return nil
}

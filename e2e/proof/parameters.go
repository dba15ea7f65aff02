package proof

import (
	"bytes"
	"encoding/json"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// parameters reads a call's parameters in every form that clients are known to
// send: query, urlencoded, JSON, multipart. What it cannot read it leaves out;
// the fake is the one to complain.
func parameters(r *http.Request, body []byte) url.Values {
	v := r.URL.Query()
	kind, args, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return v
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		form, _ := url.ParseQuery(string(body))
		merge(v, form)
	case "application/json":
		merge(v, jsonParameters(body))
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(body), args["boundary"]).ReadForm(1 << 20)
		if err == nil {
			merge(v, form.Value)
			_ = form.RemoveAll() // temporary files of large parts
		}
	}
	return v
}

func merge(to, from url.Values) {
	for k, v := range from {
		to[k] = append(to[k], v...)
	}
}

// jsonParameters flattens the top level: strings as they are, the rest as JSON.
func jsonParameters(body []byte) url.Values {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	v := url.Values{}
	for k, raw := range object {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		v.Set(k, s)
	}
	return v
}

// replyCall reads the call in the body of a webhook reply.
func replyCall(r Response) (Call, bool) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if r.Status/100 != 2 || strings.TrimSpace(kind) != "application/json" {
		return Call{}, false
	}
	v := jsonParameters([]byte(r.Body))
	method := v.Get("method")
	delete(v, "method")
	return Call{Method: method, Params: v}, method != ""
}

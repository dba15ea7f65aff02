package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxBody is the size of the largest request, bytes: a file of 20 MiB as base64.
const maxBody = 32 << 20

// Kinds of error besides a mistake in the request.
var (
	errMissing = errors.New("not found")
	errLate    = errors.New("the wait is over")
)

func respond(w http.ResponseWriter, result any, err error, try string) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		status := http.StatusBadRequest
		switch {
		case errors.Is(err, errMissing):
			status = http.StatusNotFound
		case errors.Is(err, errLate):
			status = http.StatusGatewayTimeout
		}
		w.WriteHeader(status)
		answer := map[string]string{"error": err.Error()}
		if try != "" && status == http.StatusBadRequest {
			answer["try"] = try
		}
		result = answer
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(result) // the client may have gone
}

// read decodes the request's JSON body, refusing fields it does not know.
func read(r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something behind the JSON object")
		}
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("it is empty")
	}
	if err != nil {
		return fmt.Errorf("the body is not the JSON that %s takes: %w", r.URL.Path, err)
	}
	return nil
}

// number reads a path's or query's number; "" is 0.
func number(name, value string) (int64, error) {
	if value == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s=%q: give a number from 0 up", name, value)
	}
	return n, nil
}

// duration reads a Go duration; "" is the default.
func duration(name, value string, def time.Duration) (time.Duration, error) {
	if value == "" {
		return def, nil
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%s %q: give a Go duration that is not negative, such as 250ms, 90s or 24h", name, value)
	}
	return d, nil
}

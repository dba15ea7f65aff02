package telegram

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An Error is an answer that says no. A call that got no answer at all fails
// with the transport's error instead.
type Error struct {
	Code        int           // the Bot API's error_code, or 500 and above for an answer it did not write
	Description string        // the server's sentence
	RetryAfter  time.Duration // how long to wait after a 429; 0 when not said
}

func (e *Error) Error() string { return strconv.Itoa(e.Code) + " " + e.Description }

// answer returns the Error in err, or one with the code 0.
func answer(err error) Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return *e
	}
	return Error{}
}

// Answered reports whether the server answered, be it with an error.
func Answered(err error) bool { return err == nil || answer(err).Code != 0 }

// RetryAfter returns how long the server asks to wait, 0 if it doesn't.
func RetryAfter(err error) time.Duration { return answer(err).RetryAfter }

// Fatal reports whether repeating the same call can't help: the token is wrong
// (401, or 404 for one of the wrong shape) or a parameter is (400, 403).
func Fatal(err error) bool {
	code := answer(err).Code
	return code >= 400 && code < 500 && code != http.StatusConflict && code != http.StatusTooManyRequests
}

// Unauthorized reports whether the server does not know the token. The cloud
// answers 404 to a token of the wrong shape (Bot API docs, observed).
func Unauthorized(err error) bool {
	e := answer(err)
	return e.Code == http.StatusUnauthorized || e.Code == http.StatusNotFound && e.Description == "Not Found"
}

// Conflict reports a 409, and whether a webhook is its cause rather than
// another poller: one that is active, or a setWebhook that ended the poll.
func Conflict(err error) (conflict, webhook bool) {
	e := answer(err)
	conflict = e.Code == http.StatusConflict
	return conflict, conflict && strings.Contains(e.Description, "ebhook")
}

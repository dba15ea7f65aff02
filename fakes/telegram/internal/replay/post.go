package replay

import (
	"bytes"
	"regexp"
	"strconv"
)

// A post is a request as the endpoint reads it.
type post struct {
	head, body string
	id         int64 // update id
}

var (
	contentLength = regexp.MustCompile(`(?i)\r\ncontent-length: *(\d+)\r\n`)
	updateID      = regexp.MustCompile(`^\{"update_id":(\d+),\n`)
)

// cutPost takes one complete request off the front of b; false if there is
// none (yet).
func cutPost(b []byte) (rq post, rest []byte, ok bool) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 || !bytes.HasPrefix(b, []byte("POST ")) {
		return post{}, b, false
	}
	end += len("\r\n\r\n")
	m := contentLength.FindSubmatch(b[:end])
	if m == nil {
		return post{}, b, false
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil || len(b) < end+n {
		return post{}, b, false
	}
	rq = post{head: string(b[:end]), body: string(b[end : end+n])}
	if m := updateID.FindStringSubmatch(rq.body); m != nil {
		rq.id, _ = strconv.ParseInt(m[1], 10, 64) // digits only; too many give the largest number, which is no update's
	}
	return rq, b[end+n:], true
}

package wire

import "strconv"

// An Error says why a message cannot be read. The connection it came from is
// of no more use: the reader has lost its place in the stream.
type Error struct {
	Status int    // what the Bot API server answers with, before it closes
	Text   string // what it records as the webhook's last error
}

func (e *Error) Error() string { return e.Text }

// The texts are the interface: they appear in getWebhookInfo (Bot API server
// source; observed on the real server).
func badRequest(why string) *Error {
	return &Error{Status: 400, Text: "Bad Request: " + why}
}

func tooLarge(what string) *Error {
	return &Error{Status: 413, Text: "Request Entity Too Large: " + what}
}

func headersTooLarge() *Error {
	return &Error{Status: 431, Text: "Request Header Fields Too Large: total headers size exceeded"}
}

func notImplemented() *Error {
	return &Error{Status: 501, Text: "Not Implemented"}
}

func wrongVersion() *Error {
	return &Error{Status: 505, Text: "HTTP Version Not Supported"}
}

func tooManyArgs() *Error { return tooLarge("too many parameters") }

func fileTooLarge(size int) *Error {
	return tooLarge("file of size " + strconv.Itoa(size) + " is too big to be uploaded")
}

// malformed is for a head that cannot be taken apart. Its text has no detail.
func malformed() *Error { return &Error{Status: 400, Text: "Bad Request"} }

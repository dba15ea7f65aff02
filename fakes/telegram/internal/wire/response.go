package wire

import "strconv"

// StatusText returns the reason phrase the Bot API server writes for a status.
func StatusText(status int) string {
	if text, ok := phrases[status]; ok {
		return text
	}
	return "Internal Server Error"
}

// phrases are the server's own; some differ from net/http's (Bot API server
// source). Read only.
var phrases = map[int]string{
	200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
	301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
	307: "Temporary Redirect", 308: "Permanent Redirect",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict",
	410: "Gone", 411: "Length Required", 412: "Precondition Failed",
	413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
	416: "Range Not Satisfiable", 417: "Expectation Failed", 418: "I'm a teapot",
	421: "Misdirected Request", 426: "Upgrade Required", 429: "Too Many Requests",
	431: "Request Header Fields Too Large", 480: "Temporarily Unavailable",
	501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	505: "HTTP Version Not Supported",
}

// okHead is the beginning of nearly every response.
const okHead = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: "

// AppendResponse appends a complete response with a JSON body. retryAfter adds
// a Retry-After header in seconds if it is greater than zero. The real server
// always answers keep-alive; without keepAlive it is "Connection: close".
func AppendResponse(dst []byte, status, retryAfter int, body []byte, keepAlive bool) []byte {
	if status == 200 && retryAfter <= 0 && keepAlive {
		dst = append(dst, okHead...)
	} else {
		dst = appendHead(dst, status, retryAfter, keepAlive)
	}
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...)
}

func appendHead(dst []byte, status, retryAfter int, keepAlive bool) []byte {
	dst = appendStatusLine(dst, status)
	if keepAlive {
		dst = append(dst, "Connection: keep-alive\r\n"...)
	} else {
		dst = append(dst, "Connection: close\r\n"...)
	}
	dst = append(dst, "Content-Type: application/json\r\n"...)
	if retryAfter > 0 {
		dst = append(dst, "Retry-After: "...)
		dst = strconv.AppendInt(dst, int64(retryAfter), 10)
		dst = append(dst, "\r\n"...)
	}
	return append(dst, "Content-Length: "...)
}

// AppendTransportError appends what the server answers to something it cannot
// read, before it closes the connection.
func AppendTransportError(dst []byte, status int) []byte {
	return append(appendStatusLine(dst, status), "Content-Length: 0\r\n\r\n"...)
}

func appendStatusLine(dst []byte, status int) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, StatusText(status)...)
	return append(dst, "\r\n"...)
}

package wire

import (
	"net/http"
	"strconv"
)

// StatusText returns the reason phrase the Bot API server writes for a status.
// It knows fewer than net/http, and some differ (Bot API server source).
func StatusText(status int) string {
	switch status {
	case 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308,
		400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 415, 417, 418, 421, 426, 429, 431,
		501, 502, 503, 505:
		return http.StatusText(status)
	case 414:
		return "Request-URI Too Long"
	case 416:
		return "Range Not Satisfiable"
	case 480:
		return "Temporarily Unavailable"
	}
	return "Internal Server Error"
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

package telegram

import (
	"strconv"
	"strings"
)

// download finds the file behind a path of the form /file/bot<token>/<path>,
// which the cloud's front serves (Bot API docs, getFile).
func (s *Server) download(path string) (data []byte, ok bool) {
	rest, ok := strings.CutPrefix(path, "/file/bot")
	if !ok {
		return nil, false
	}
	token, name, ok := strings.Cut(rest, "/")
	if !ok {
		return nil, false
	}
	name, test := strings.CutPrefix(name, "test/")
	return s.world.Download(token, test, name)
}

const fileHead = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/octet-stream\r\nContent-Length: "

// appendFile appends the response with a file: bytes, whatever they are.
func appendFile(dst, data []byte) []byte {
	dst = append(dst, fileHead...)
	dst = strconv.AppendInt(dst, int64(len(data)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, data...)
}

package wire

import "strconv"

// A bodyKind says what becomes of a body.
type bodyKind int

const (
	noBody   bodyKind = iota // there is none
	fileBody                 // it is one file
	formBody                 // it is urlencoded arguments
	jsonBody                 // it is a JSON object of arguments
	partBody                 // it is multipart/form-data
)

// A body is the state of a body that is being read.
type body struct {
	kind      bodyKind
	chunked   bool
	packed    bool // gzip or zlib
	proxied   bool // see ServeBehindProxy
	length    int  // if not chunked
	chunks    chunks
	parts     multipart
	headBytes int  // headers so far
	argBytes  int  // arguments so far
	slow      bool // bytes of a file have come
}

// start prepares for the body the head announces. It refuses in the server's
// order, before any of the body has arrived. Without a Content-Length there is
// no body, not even in a response, and nothing to refuse.
func (b *body) start(m *Message, h *header) *Error {
	if h.transfer == "" && h.length <= 0 {
		return nil
	}
	b.length = int(h.length)
	if b.chunked = h.transfer == "chunked"; h.transfer != "" && !b.chunked {
		return &Error{Status: 501, Text: "Unimplemented: unsupported transfer-encoding"}
	}
	switch h.encoding {
	case "", "none":
	case "gzip", "deflate":
		b.packed = true
	default:
		return &Error{Status: 415, Text: "Unsupported Media Type: unsupported content-encoding"}
	}
	if h.length >= maxBody {
		return tooLarge("content length is " + strconv.FormatInt(h.length, 10))
	}
	return b.setKind(m.ContentType)
}

// setKind decides by content type, of which only a part need match.
func (b *body) setKind(contentType string) *Error {
	switch {
	case indexFold(contentType, "multipart/form-data") >= 0:
		b.kind = partBody
		boundary, err := parseBoundary(contentType)
		b.parts.boundary = []byte("\r\n--" + boundary)
		return err
	case indexFold(contentType, "application/x-www-form-urlencoded") >= 0:
		b.kind = formBody
	case indexFold(contentType, "application/json") >= 0:
		b.kind = jsonBody
	default:
		b.kind = fileBody
	}
	return nil
}

// readBody reads on in the body and tells whether it is complete.
func (r *Reader) readBody() (bool, *Error) {
	b, m := &r.body, r.msg
	if b.kind == noBody {
		return true, nil
	}
	content, whole, err := r.content()
	if err != nil {
		return false, err
	}
	ok, err := b.take(m, content, whole)
	r.slow = r.slow || b.slow
	if !ok || err != nil {
		return false, err
	}
	m.BodyLen = len(content)
	if !b.chunked {
		r.consume(b.length)
	}
	return true, nil
}

// content returns as much of the decoded body as there is.
func (r *Reader) content() (content []byte, whole bool, err *Error) {
	b := &r.body
	unread := r.buf[r.pos:]
	if b.chunked {
		var n int
		n, whole, err = b.chunks.read(unread)
		r.consume(n)
		content = b.chunks.data
	} else {
		content = unread[:min(len(unread), b.length)]
		whole = len(content) == b.length
	}
	if err != nil || !b.packed {
		return content, whole, err
	}
	if !whole {
		return nil, false, spoilt(content)
	}
	content, err = inflate(content, b.maxContent())
	return content, true, err
}

// maxContent bounds what a packed body may become: one byte of arguments too
// many suffices to refuse them.
func (b *body) maxContent() int64 {
	if b.kind == formBody || b.kind == jsonBody {
		return maxArgs + 1
	}
	return maxBody
}

// take uses the content and tells whether that was all of it.
func (b *body) take(m *Message, content []byte, whole bool) (bool, *Error) {
	switch b.kind {
	case partBody:
		if whole && len(content) == 0 && b.proxied {
			return true, nil
		}
		done, err := b.takeParts(m, content)
		if err == nil && whole && !done {
			err = badRequest("unexpected end of request content")
		}
		return done && whole, err
	case fileBody:
		b.slow = b.slow || len(content) > 0
		if len(content) > maxFile {
			return false, fileTooLarge(len(content))
		}
		if whole && len(content) > 0 {
			m.Files = append(m.Files, File{Field: "file", ContentType: m.ContentType, Data: append([]byte(nil), content...)})
		}
		return whole, nil
	}
	if len(content) > maxArgs-b.argBytes {
		return false, tooManyArgs()
	}
	if !whole {
		return false, nil
	}
	if b.kind == formBody {
		m.Args = appendForm(m.Args, string(content))
	} else {
		m.Args = appendJSON(m.Args, string(content))
	}
	return true, nil
}

package wire

import (
	"bytes"
	"strings"
)

// A partState says what a multipart body is expected to go on with.
type partState int

const (
	prologue partState = iota
	partHeaders
	partValue
	partFile
	afterBoundary
	epilogue
)

// multipart is the state of a multipart body. A boundary is found wherever its
// bytes are; what follows it on its line does not matter.
type multipart struct {
	boundary []byte // with the line end and the dashes before it
	state    partState
	pos      int // bytes of the content that are done with
	seen     int // bytes after pos that were searched
	part     part
}

// A part is what the headers of a part say.
type part struct {
	name, fileName, contentType string
	isFile                      bool
}

// takeParts reads on in the content and tells whether the last boundary was
// there.
func (b *body) takeParts(m *Message, content []byte) (done bool, err *Error) {
	mp := &b.parts
	for {
		more := false
		switch mp.state {
		case prologue:
			if more = mp.find(content, mp.boundary[2:]); more {
				mp.pass(mp.seen+len(mp.boundary)-2, partHeaders)
			}
		case partHeaders:
			more, err = b.takePartHeaders(m, content)
		case partValue:
			more, err = b.takePartValue(m, content)
		case partFile:
			b.slow = true
			more, err = b.takePartFile(m, content)
		case afterBoundary:
			if more = len(content)-mp.pos >= 2; more {
				mp.checkLast(content)
			}
		case epilogue:
			return true, nil
		}
		if !more || err != nil {
			return false, err
		}
	}
}

// find looks for sep after pos and leaves its place in seen. If it is not
// there, seen tells up to where it cannot begin.
func (mp *multipart) find(content, sep []byte) bool {
	rest := content[mp.pos:]
	if i := bytes.Index(rest[mp.seen:], sep); i >= 0 {
		mp.seen += i
		return true
	}
	tail := max(mp.seen, len(rest)-len(sep)+1)
	if i := bytes.IndexByte(rest[tail:], sep[0]); i >= 0 {
		mp.seen = tail + i
	} else {
		mp.seen = len(rest)
	}
	return false
}

// pass steps over n bytes.
func (mp *multipart) pass(n int, next partState) {
	mp.pos += n
	mp.seen = 0
	mp.state = next
}

// checkLast looks at the two bytes after a boundary. Only the first boundary
// of all is not looked at, so a body without parts never ends.
func (mp *multipart) checkLast(content []byte) {
	if content[mp.pos] == '-' && content[mp.pos+1] == '-' {
		mp.pass(2, epilogue)
		return
	}
	mp.state = partHeaders
}

func (b *body) takePartHeaders(m *Message, content []byte) (more bool, err *Error) {
	mp := &b.parts
	found := mp.find(content, []byte(headEnd))
	if b.headBytes+mp.seen > maxHead {
		return false, headersTooLarge()
	}
	if !found {
		return false, nil
	}
	n := mp.seen
	b.headBytes += n
	if n == 0 {
		return false, badRequest("headers in multipart/form-data are empty")
	}
	head := string(content[mp.pos+2 : mp.pos+2+n]) // after the boundary's line end
	if mp.part, err = parsePart(head); err != nil {
		return false, err
	}
	if !mp.part.isFile {
		mp.pass(n+4, partValue)
		return true, nil
	}
	if len(m.Files) == maxFiles {
		return false, tooLarge("too many files attached")
	}
	mp.pass(n+4, partFile)
	return true, nil
}

// takePartValue reads an argument. The server forgets to add up plain values:
// each may be as long as all may be together, less the query and what came
// urlencoded (Bot API server source).
func (b *body) takePartValue(m *Message, content []byte) (more bool, err *Error) {
	mp := &b.parts
	found := mp.find(content, mp.boundary)
	if b.argBytes+mp.seen > maxArgs {
		return false, tooLarge("too many parameters in form data")
	}
	if !found {
		return false, nil
	}
	value := string(content[mp.pos : mp.pos+mp.seen])
	if strings.HasPrefix(mp.part.contentType, "application/x-www-form-urlencoded") {
		b.argBytes += len(value)
		m.Args = appendForm(m.Args, value)
	} else {
		m.Args = append(m.Args, Arg{mp.part.name, value})
	}
	mp.pass(mp.seen+len(mp.boundary), afterBoundary)
	return true, nil
}

func (b *body) takePartFile(m *Message, content []byte) (more bool, err *Error) {
	mp := &b.parts
	found := mp.find(content, mp.boundary)
	if mp.seen > maxFile {
		return false, fileTooLarge(mp.seen)
	}
	if !found {
		return false, nil
	}
	m.Files = append(m.Files, File{
		Field: mp.part.name, Name: mp.part.fileName, ContentType: mp.part.contentType,
		Data: bytes.Clone(content[mp.pos : mp.pos+mp.seen]),
	})
	mp.pass(mp.seen+len(mp.boundary), afterBoundary)
	return true, nil
}

// parsePart parses the headers of a part.
func parsePart(head string) (part, *Error) {
	p := part{contentType: "application/octet-stream"}
	for head != "" {
		name, value, rest, ok := cutHeader(head)
		if !ok {
			return p, badRequest("can't parse form data headers")
		}
		head = rest
		switch {
		case isFold(name, "content-type"):
			p.contentType = value
		case isFold(name, "content-disposition"):
			if err := p.disposition(value); err != nil {
				return p, err
			}
		}
	}
	if p.name == "" {
		return p, badRequest("field name in multipart/form-data not found")
	}
	return p, nil
}

// disposition parses a Content-Disposition. Names of attributes are
// case-sensitive, and their values are percent-decoded, quoted or not.
func (p *part) disposition(s string) *Error {
	s, ok := strings.CutPrefix(s, "form-data;")
	if !ok {
		return badRequest("expected form-data content disposition")
	}
	for {
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			return nil
		}
		value, rest, err := cutAttribute(trimLeft(rest))
		if err != nil {
			return err
		}
		value = unescapeURL(value, false)
		switch trim(key) {
		case "name":
			p.name = value
		case "filename":
			p.fileName, p.isFile = value, true
		}
		s = rest
	}
}

// cutAttribute cuts a value, quoted or plain, and the semicolon after it.
func cutAttribute(s string) (value, rest string, err *Error) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return trim(value), rest, nil
	}
	value, rest, err = cutQuoted(s[1:])
	if err != nil {
		return "", "", err
	}
	if rest = trimLeft(rest); rest == "" {
		return value, "", nil
	}
	if rest[0] != ';' {
		return "", "", badRequest("expected ';' in Content-Disposition header")
	}
	return value, rest[1:], nil
}

// cutQuoted cuts at the closing quote. A backslash stands for what follows it.
func cutQuoted(s string) (value, rest string, err *Error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			return b.String(), s[i+1:], nil
		}
		if c == '\\' {
			if i++; i == len(s) {
				return "", "", badRequest("wrong escape sequence in Content-Disposition header")
			}
			c = s[i]
		}
		b.WriteByte(c)
	}
	return "", "", badRequest("unclosed quoted string in Content-Disposition header")
}

func trimLeft(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// parseBoundary finds the boundary in a content type: what follows the first
// "=" after the first "boundary", up to a semicolon, without its quotes.
func parseBoundary(contentType string) (string, *Error) {
	i := indexFold(contentType, "boundary")
	if i < 0 {
		return "", badRequest("boundary not found")
	}
	_, value, ok := strings.Cut(contentType[i:], "=")
	if !ok {
		return "", badRequest("boundary value not found")
	}
	value, _, _ = strings.Cut(value, ";")
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	if value == "" || len(value) > maxBoundary {
		return "", badRequest("boundary too big or empty")
	}
	return value, nil
}

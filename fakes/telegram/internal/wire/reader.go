package wire

import "bytes"

// The server's limits (Bot API server source; observed on the real server).
const (
	maxHead     = 256 << 10  // bytes of headers, those of multipart parts included
	maxArgs     = 1 << 20    // bytes of arguments, query and body
	maxFiles    = 50         // files in one message
	maxFile     = 4000 << 20 // bytes of one file
	maxBody     = 1<<32 - 1  // the first Content-Length that is too large
	maxBoundary = 70         // bytes of a multipart boundary
)

// headEnd ends a head; its first two bytes are still part of it.
const headEnd = "\r\n\r\n"

// A Reader takes bytes as they arrive and hands out whole messages. It does
// not matter in which pieces they arrive, with one exception that the server
// makes too: the limit for headers counts only while their end is missing.
//
// A Reader is not safe for concurrent use.
type Reader struct {
	buf  []byte
	pos  int      // where the unread part of buf begins
	seen int      // bytes after pos that hold no end of head
	used int      // bytes before pos that belong to msg
	msg  *Message // the message whose body is being read; nil: its head is
	body body     // of msg
	err  error    // sticky

	proxied bool // see ServeBehindProxy
	slow    bool // see Slow
}

// NewRequestReader returns a reader for the server's end of a connection.
func NewRequestReader() *Reader { return &Reader{} }

// NewResponseReader returns a reader for the client's end. Telegram reads
// requests and responses with the same code, so either reader takes both: a
// request where a response was due is a Message with a Method.
func NewResponseReader() *Reader { return &Reader{} }

// Feed adds what has arrived. The reader keeps no reference to p.
func (r *Reader) Feed(p []byte) {
	r.commit(copy(r.space(len(p)), p))
}

// Buffered tells how many bytes have arrived that belong to no message handed
// out yet.
func (r *Reader) Buffered() int {
	return r.used + len(r.buf) - r.pos
}

// Slow tells whether any of the messages has had bytes of a file. The server
// moves a connection to another thread when the first of them come, and counts
// its idle time anew from then on, once (Bot API server source).
func (r *Reader) Slow() bool { return r.slow }

// Next returns the next message, nil if it is not complete yet, or an *Error
// after which the reader is of no more use.
func (r *Reader) Next() (*Message, error) {
	if r.err != nil {
		return nil, r.err
	}
	m, err := r.next()
	if err != nil {
		r.err = err
		return nil, err
	}
	return m, nil
}

func (r *Reader) next() (*Message, *Error) {
	if r.msg == nil {
		if ok, err := r.readHead(); !ok || err != nil {
			return nil, err
		}
	}
	if ok, err := r.readBody(); !ok || err != nil {
		return nil, err
	}
	m := r.msg
	r.msg, r.body, r.used = nil, body{}, 0
	r.shrink()
	return m, nil
}

// readHead takes the head off the buffer if it is all there.
func (r *Reader) readHead() (bool, *Error) {
	if !r.findHead() {
		if len(r.buf)-r.pos > maxHead {
			return false, headersTooLarge()
		}
		return false, nil
	}
	end := r.seen
	head := string(r.buf[r.pos : r.pos+end+2])
	r.consume(end + len(headEnd))
	r.seen = 0
	m := &Message{ContentType: "application/octet-stream", head: head}
	h := header{length: -1}
	if err := parseHead(head, m, &h); err != nil {
		return false, err
	}
	r.msg = m
	r.body = body{headBytes: end, argBytes: h.argBytes, proxied: r.proxied}
	return true, r.body.start(m, &h)
}

func (r *Reader) consume(n int) {
	r.pos += n
	r.used += n
}

// findHead looks for the end of the head and leaves its place in seen.
func (r *Reader) findHead() bool {
	rest := r.buf[r.pos+r.seen:]
	if i := bytes.Index(rest, []byte(headEnd)); i >= 0 {
		r.seen += i
		return true
	}
	r.seen = max(r.seen, len(r.buf)-r.pos-len(headEnd)+1)
	return false
}

// overfull tells whether more headers have arrived than are allowed while
// their end is still missing, which the next call of Next refuses.
func (r *Reader) overfull() bool {
	return r.msg == nil && len(r.buf)-r.pos > maxHead && !r.findHead()
}

const (
	minSpace = 4 << 10  // least room for one read
	maxKeep  = 64 << 10 // a larger buffer is not kept for the next message
)

// space returns the free end of the buffer, at least n bytes of it.
func (r *Reader) space(n int) []byte {
	if r.pos == len(r.buf) {
		r.buf, r.pos = r.buf[:0], 0
	}
	if cap(r.buf)-len(r.buf) >= n {
		return r.buf[len(r.buf):cap(r.buf)]
	}
	unread := r.buf[r.pos:]
	to := r.buf[:0]
	if need := len(unread) + n; need > cap(r.buf) {
		to = make([]byte, 0, max(need, 2*cap(r.buf), minSpace))
	}
	r.buf, r.pos = append(to, unread...), 0
	return r.buf[len(r.buf):cap(r.buf)]
}

// commit adds the first n bytes of the space to the buffer.
func (r *Reader) commit(n int) { r.buf = r.buf[:len(r.buf)+n] }

// shrink lets go of a buffer that was needed for a large message only.
func (r *Reader) shrink() {
	if r.pos == len(r.buf) && cap(r.buf) > maxKeep {
		r.buf, r.pos = nil, 0
	}
}

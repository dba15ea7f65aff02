package wire

import (
	"bytes"
	"strconv"
)

const (
	maxSizeLine = 8         // bytes before the line end of a chunk's size
	maxChunks   = 1<<32 - 1 // bytes in all
)

// chunks is the state of a chunked body. The server's reading of it is loose:
// a size is the hexadecimal digits its line begins with, none are zero and so
// the last chunk; the two bytes after a chunk's data may be anything; trailers
// are not known, so the first two bytes of one are taken for the end and the
// rest is read as the next message (observed on the real server).
type chunks struct {
	data   []byte // decoded so far
	left   int    // bytes missing of the chunk, its line end included
	inside bool   // within a chunk
	last   bool   // within the last chunk
}

// read decodes what is there. It returns how many bytes it has used up.
func (c *chunks) read(p []byte) (used int, whole bool, err *Error) {
	for {
		if !c.inside {
			n, err := c.readSize(p[used:])
			if n == 0 || err != nil {
				return used, false, err
			}
			used += n
		}
		n := min(c.left, len(p)-used)
		data := min(n, max(c.left-2, 0))
		if data > maxChunks-len(c.data) {
			return used, false, badRequest("Too big query [size:" + strconv.Itoa(len(p)-used) + "]")
		}
		c.data = append(c.data, p[used:used+data]...)
		used += n
		if c.left -= n; c.left > 0 {
			return used, false, nil
		}
		c.inside = false
		if c.last {
			return used, true, nil
		}
	}
}

// readSize reads the line with a chunk's size; 0 used means it is not there.
func (c *chunks) readSize(p []byte) (used int, err *Error) {
	end := bytes.Index(p, []byte("\r\n"))
	line := bytes.TrimSuffix(p, []byte("\r"))
	if end >= 0 {
		line = p[:end]
	}
	if len(line) > maxSizeLine {
		return 0, badRequest("Too long length in chunked " + string(line))
	}
	if end < 0 {
		return 0, nil
	}
	size := 0
	for _, digit := range line {
		d := hexDigit(digit)
		if d < 0 {
			break
		}
		size = size<<4 | d
	}
	c.inside, c.last, c.left = true, size == 0, size+2
	return end + 2, nil
}

package wire

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
)

// inflate unpacks a gzip or zlib stream; which of the two is told by the
// stream, not by the header that announced it. What follows the end of the
// stream is ignored, more streams included.
func inflate(packed []byte, limit int64) ([]byte, *Error) {
	src := bytes.NewReader(packed)
	var unpacked io.Reader
	var err error
	if bytes.HasPrefix(packed, []byte{0x1f, 0x8b}) {
		var z *gzip.Reader
		if z, err = gzip.NewReader(src); err == nil {
			z.Multistream(false)
			unpacked = z
		}
	} else {
		unpacked, err = zlib.NewReader(src)
	}
	if err != nil {
		return nil, zlibError(err)
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(unpacked, limit))
	if err != nil {
		return nil, zlibError(err)
	}
	if n == maxBody {
		return nil, badRequest("Max output size limit exceeded")
	}
	return out.Bytes(), nil
}

// spoiltAt is how much of a packed body is looked at before it is complete.
const spoiltAt = 4 << 10

// spoilt refuses a packed body whose beginning is wrong already, as the server
// does: it unpacks what comes as it comes.
func spoilt(beginning []byte) *Error {
	if len(beginning) > spoiltAt {
		return nil // looking again and again would take too long
	}
	if _, err := inflate(beginning, maxArgs); err != nil && *err != *errEndsEarly {
		return err
	}
	return nil
}

// errEndsEarly is Z_BUF_ERROR: the input ends before the stream does.
var errEndsEarly = badRequest("zlib error -5")

// zlibError words an error with zlib's own number for it: the server's text.
func zlibError(err error) *Error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errEndsEarly
	case errors.Is(err, zlib.ErrDictionary):
		return badRequest("zlib error 2") // Z_NEED_DICT
	}
	return badRequest("zlib error -3") // Z_DATA_ERROR
}

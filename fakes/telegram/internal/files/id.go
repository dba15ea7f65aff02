package files

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/fnv"
)

// A file_id looks like Telegram's: base64url over a binary form with runs of
// zeros packed, so that those of photos begin with AgAC, those of documents
// with BQAC (observed on the real server). The binary form here:
//
//	int32  kind, with a flag that says that a reference follows
//	int32  data centre
//	26     a reference: its length 25, 0x01, and 24 opaque bytes
//	int64  number of the file
//	int64  access hash, different for each bot
//	byte   size of an image, a letter; 0 if there are none
//	byte   sub-version
//	byte   version: what the server calls the last symbol
//
// The hash covers everything, so a changed id is not mistaken for another file.
const (
	idDataCentre  = 2
	idReference   = 1 << 25
	idReferenceSz = 25
	idSubVersion  = 0x35
	idVersion     = 4
	idSize        = 4 + 4 + 1 + idReferenceSz + 8 + 8 + 3
)

// FileID returns the file_id under which a bot knows a file.
func (s *Store) FileID(bot int64, f *File) string {
	b := make([]byte, 0, idSize)
	b = binary.LittleEndian.AppendUint32(b, uint32(f.Kind)|idReference)
	b = binary.LittleEndian.AppendUint32(b, idDataCentre)
	b = append(b, idReferenceSz, 0x01)
	for i := range uint64(3) {
		b = binary.LittleEndian.AppendUint64(b, s.hash(bot, f, i))
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(f.number))
	b = binary.LittleEndian.AppendUint64(b, s.hash(bot, f, 3))
	b = append(b, f.size, idSubVersion, idVersion)
	return base64.RawURLEncoding.EncodeToString(packZeros(b))
}

// UniqueID returns a file's file_unique_id, which is the same for all bots.
func (s *Store) UniqueID(f *File) string {
	class := uint32(2) // a document
	if f.Kind.isImage() {
		class = 1
	}
	b := binary.LittleEndian.AppendUint32(nil, class)
	b = binary.LittleEndian.AppendUint64(b, s.hash(0, f, 4))
	if f.size != 0 {
		b = append(b, f.size)
	}
	return base64.RawURLEncoding.EncodeToString(packZeros(b))
}

// hash makes 8 bytes that only this store makes for this bot and file.
func (s *Store) hash(bot int64, f *File, salt uint64) uint64 {
	h := fnv.New64a()
	var b []byte
	for _, v := range []uint64{s.seed, uint64(bot), uint64(f.number), uint64(f.Kind), uint64(f.size), salt} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	h.Write(b)
	// FNV leaves the last bytes poorly mixed; spread them (splitmix64).
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Find returns the file that a bot means by a file_id. Errors are *Error: of
// what is no file_id at all, with Telegram's reason (Malformed says so), and of
// one that no file of this bot has.
func (s *Store) Find(bot int64, id string) (*File, error) {
	number, err := parseID(id)
	if err != nil {
		return nil, err
	}
	f := s.files[number]
	if f == nil || s.FileID(bot, f) != id {
		return nil, errForeign
	}
	return f, nil
}

// errForeign is the answer to a well-formed file_id of no file, or of a file
// that another bot has (Bot API server source: MEDIA_EMPTY of the backend).
var errForeign = &Error{"Wrong file identifier/HTTP URL specified"}

// Foreign reports whether an error is that of a well-formed file_id which the
// bot can't use.
func Foreign(err error) bool { return errors.Is(err, errForeign) }

const wrongID = "Wrong remote file identifier specified: "

// parseID returns the number in a file_id.
func parseID(id string) (int64, *Error) {
	packed, problem := decodeBase64(id)
	if problem != "" {
		return 0, &Error{wrongID + problem}
	}
	if len(packed) == 0 {
		return 0, refuse("Remote file identifier can't be empty")
	}
	if packed[len(packed)-1] != idVersion {
		return 0, refuse(wrongID + "can't unserialize it. Wrong last symbol")
	}
	b := unpackZeros(packed)
	if len(b) != idSize || b[8] != idReferenceSz {
		return 0, refuse(wrongID + "can't unserialize it")
	}
	const numberAt = 4 + 4 + 1 + idReferenceSz
	return int64(binary.LittleEndian.Uint64(b[numberAt:])), nil
}

// packZeros writes each run of up to 250 zeros as a zero and its length.
func packZeros(b []byte) []byte {
	var packed []byte
	for i := 0; i < len(b); {
		if b[i] != 0 {
			packed = append(packed, b[i])
			i++
			continue
		}
		run := i
		for i < len(b) && b[i] == 0 && i-run < 250 {
			i++
		}
		packed = append(packed, 0, byte(i-run))
	}
	return packed
}

// unpackZeros undoes packZeros. A zero at the very end stands for itself.
func unpackZeros(packed []byte) []byte {
	var b []byte
	for i := 0; i < len(packed); i++ {
		if packed[i] != 0 || i == len(packed)-1 {
			b = append(b, packed[i])
			continue
		}
		i++
		b = append(b, make([]byte, packed[i])...)
	}
	return b
}

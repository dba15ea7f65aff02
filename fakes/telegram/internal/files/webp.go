package files

import "encoding/binary"

// webpSize reads width and height from the head of a WebP image, which the
// standard library cannot decode. Source: the WebP container specification.
func webpSize(data []byte) (width, height int, ok bool) {
	if len(data) < 30 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" {
		return 0, 0, false
	}
	b := data[20:]
	switch string(data[12:16]) {
	case "VP8X":
		return int24(b[4:]) + 1, int24(b[7:]) + 1, true
	case "VP8 ":
		if b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
			return 0, 0, false
		}
		width = int(binary.LittleEndian.Uint16(b[6:])) & 0x3fff
		height = int(binary.LittleEndian.Uint16(b[8:])) & 0x3fff
		return width, height, width > 0 && height > 0
	case "VP8L":
		if b[0] != 0x2f {
			return 0, 0, false
		}
		bits := binary.LittleEndian.Uint32(b[1:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1, true
	}
	return 0, 0, false
}

func int24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

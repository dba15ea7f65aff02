package files

import "strings"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// decodeBase64 decodes base64url as strictly as the server does, with its texts:
// spare bits have to be zero and padding, if there is any, complete. Go's own
// decoder draws these lines elsewhere (TDLib source).
func decodeBase64(s string) (data []byte, problem string) {
	body := strings.TrimRight(s, "=")
	padding := len(s) - len(body)
	switch {
	case padding >= 3:
		return nil, "Wrong string padding"
	case padding > 0 && len(s)%4 != 0:
		return nil, "Wrong padding length"
	case len(body)%4 == 1:
		return nil, "Wrong string length"
	}
	var bits, count uint
	for i := range len(body) {
		value := strings.IndexByte(alphabet, body[i])
		if value < 0 {
			return nil, "Wrong character in the string"
		}
		bits, count = bits<<6|uint(value), count+6
		if count >= 8 {
			count -= 8
			data = append(data, byte(bits>>count))
		}
		if i%4 == 3 || i == len(body)-1 {
			if bits&(1<<count-1) != 0 {
				return nil, "Wrong padding in the string"
			}
			bits, count = 0, 0
		}
	}
	return data, ""
}

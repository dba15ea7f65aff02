package delivery

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// reserved are the IPv4 blocks no webhook may be in (Bot API server source).
var reserved = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("224.0.0.0/3"),
}

// checkAddress refuses addresses Telegram's own servers do not deliver to.
func checkAddress(ip netip.Addr) error {
	if !ip.Is4() {
		return errors.New("IPv6-only addresses are not allowed")
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return errors.New("IP address " + ip.String() + " is reserved")
		}
	}
	return nil
}

// parseIP reads the address given with a webhook, IPv4 with all the freedom of
// inet_aton (observed on the real server): "1.2.3" is 1.2.0.3, "0x7f.1" is 127.0.0.1.
func parseIP(s string) (netip.Addr, error) {
	if ip, ok := parseLoose4(s); ok {
		return ip, nil
	}
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	if ip, err := netip.ParseAddr(s); err == nil && ip.Is6() && ip.Zone() == "" {
		return ip, nil
	}
	return netip.Addr{}, errors.New("Invalid IP address specified")
}

// parseLoose4 reads one to four numbers, the last of which fills the bytes that
// are left. What follows white space does not matter. The address of all ones is
// inet_addr's word for an error, and so is one.
func parseLoose4(s string) (netip.Addr, bool) {
	if i := strings.IndexAny(s, " \t\n\v\f\r"); i >= 0 {
		s = s[:i]
	}
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint32
	for i, part := range parts {
		shift, limit := 24-8*i, uint64(1)<<8
		if i == len(parts)-1 {
			shift, limit = 0, uint64(1)<<(8*(5-len(parts)))
		}
		n, err := parseCNumber(part)
		if err != nil || n >= limit {
			return netip.Addr{}, false
		}
		sum |= uint32(n) << shift
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), sum != 1<<32-1
}

// parseCNumber reads a decimal, 0x hexadecimal or 0 octal number.
func parseCNumber(s string) (uint64, error) {
	switch {
	case strings.HasPrefix(lower(s), "0x"):
		return strconv.ParseUint(s[2:], 16, 64)
	case strings.HasPrefix(s, "0") && len(s) > 1:
		return strconv.ParseUint(s[1:], 8, 64)
	default:
		return strconv.ParseUint(s, 10, 64)
	}
}

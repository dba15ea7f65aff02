package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"hookproof/fakes/telegram/internal/delivery"
)

func TestAddressGivenWithTheWebhook(t *testing.T) {
	const invalid = "failed Invalid IP address specified"
	for ip, want := range map[string]string{
		"192.0.2.7": "verified 192.0.2.7", "1.2.3": "verified 1.2.0.3", "1.2": "verified 1.0.0.2", "1": "verified 0.0.0.1",
		"0x7f.1": "verified 127.0.0.1", "0X7F.0.0.1": "verified 127.0.0.1", "017.0.0.1": "verified 15.0.0.1",
		"4294967294": "verified 255.255.255.254", "4294967295": invalid, "255.255.255.255": invalid, "1.2.3.4 x": "verified 1.2.3.4",
		"::ffff:1.2.3.4": "verified ::ffff:1.2.3.4", "[::1": invalid, "::1]": invalid, "[]": invalid, "1.16777215": "verified 1.255.255.255", "::1": "verified ::1", "[::1]": "verified ::1",
		"4294967296": invalid, "1.16777216": invalid, "256.1.1.1": invalid, "1.2.3.4.5": invalid, "08.1.1.1": invalid, "1..2": invalid,
		"0b1.1": invalid, "0x.1": invalid, "1_0.1": invalid, "+1.2": invalid, "-1": invalid, "x": invalid, "fe80::1%lo": invalid, " 1.2.3.4": invalid,
	} {
		t.Run(ip, func(t *testing.T) {
			b := newBench(t, func(c *delivery.Config) { c.IP = ip })
			b.hook.Start()
			assert.Equal(t, []string{want}, b.events)
			assert.Zero(t, b.lookups)
		})
	}
}

func TestReservedAddresses(t *testing.T) {
	for ip, reserved := range map[string]bool{
		"0.1.2.3": true, "10.0.0.1": true, "11.0.0.1": false, "100.63.255.255": false, "100.64.0.0": true, "100.127.255.255": true, "100.128.0.0": false,
		"126.255.255.255": false, "127.9.9.9": true, "128.0.0.0": false, "169.254.0.1": true, "172.15.0.1": false, "172.16.0.1": true, "172.31.255.255": true,
		"172.32.0.0": false, "192.0.0.1": true, "192.0.1.1": false, "192.0.2.1": true, "192.88.99.1": true, "192.168.1.1": true, "192.169.0.0": false,
		"198.17.255.255": false, "198.18.0.1": true, "198.19.255.255": true, "198.20.0.0": false, "198.51.100.1": true, "203.0.113.1": true,
		"223.255.255.255": false, "224.0.0.1": true, "255.255.255.254": true, "149.154.167.220": false,
	} {
		t.Run(ip, func(t *testing.T) {
			b := newBench(t, func(c *delivery.Config) { c.IP, c.Local = ip, false })
			b.hook.Start()
			want := "verified " + ip
			if reserved {
				want = "failed IP address " + ip + " is reserved"
			}
			assert.Equal(t, []string{want}, b.events)
		})
	}
}

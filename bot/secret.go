package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// A secret is a string that does not print. The value is behind a pointer
// because fmt can't call String on an unexported field and would print it.
type secret struct{ value *string }

func newSecret(value string) secret { return secret{&value} }

// reveal returns the value, "" for the zero secret. Call it where the value
// leaves for Telegram, and nowhere else.
func (s secret) reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

func (s secret) empty() bool { return s.reveal() == "" }

func (secret) String() string               { return "[secret]" }
func (secret) GoString() string             { return "[secret]" }
func (secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// generateSecret returns 32 random bytes in hex: 64 characters, all of them
// legal in a webhook's secret token.
func generateSecret() string {
	var raw [32]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(raw[:])
}

// A keyring holds the secrets that open the webhook: the current one and, while
// it is being rotated, the one before.
type keyring [][sha256.Size]byte

func newKeyring(secrets ...secret) keyring {
	var k keyring
	for _, s := range secrets {
		if !s.empty() {
			k = append(k, sha256.Sum256([]byte(s.reveal())))
		}
	}
	return k
}

// opens compares got with every live secret, in a time that tells neither how
// much of it was right nor which one it was. The hashes make the lengths equal.
func (k keyring) opens(got string) bool {
	have, match := sha256.Sum256([]byte(got)), 0
	for i := range k {
		match |= subtle.ConstantTimeCompare(k[i][:], have[:])
	}
	return match == 1
}

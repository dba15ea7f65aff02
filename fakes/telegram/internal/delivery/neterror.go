package delivery

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// A handshakeError is one of TLS before the connection is open.
type handshakeError struct{ error }

func (e handshakeError) Unwrap() error { return e.error }

// sslAlerts are OpenSSL 3's reasons for the alerts a server may send, by the text
// Go has for them: it does not export their numbers. OpenSSL's reason code is the
// number of the alert and 1000.
var sslAlerts = map[string]struct {
	number int
	text   string
}{
	"tls: unexpected message":             {10, "tlsv1 alert unexpected message"},
	"tls: handshake failure":              {40, "sslv3 alert handshake failure"},
	"tls: bad certificate":                {42, "sslv3 alert bad certificate"},
	"tls: illegal parameter":              {47, "sslv3 alert illegal parameter"},
	"tls: protocol version not supported": {70, "tlsv1 alert protocol version"},
	"tls: insufficient security level":    {71, "tlsv1 alert insufficient security"},
	"tls: internal error":                 {80, "tlsv1 alert internal error"},
	"tls: unrecognized name":              {112, "tlsv1 unrecognized name"},
	"tls: certificate required":           {116, "tlsv13 alert certificate required"},
	"tls: no application protocol":        {120, "tlsv1 alert no application protocol"},
}

// OpenSSL 3's reason codes; the upper part of an error is its library, SSL.
const (
	sslLibrary      = 0x0A000000
	sslWrongVersion = 267
	sslEOF          = 294
	sslInternal     = 68
	sslAlertBase    = 1000
)

// errorText returns what the Bot API server records as the last error for an
// error of a connection: the operating system's text, or OpenSSL's. It is "" when
// the peer has just closed.
func errorText(err error) string {
	if text := sslText(err); text != "" {
		return text
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		// Go writes them as the C library does, only without the capital.
		text := errno.Error()
		return strings.ToUpper(text[:1]) + text[1:]
	}
	switch timeout, ok := errors.AsType[net.Error](err); {
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return ""
	case ok && timeout.Timeout():
		return "Connection timed out"
	}
	return err.Error()
}

// sslText returns OpenSSL's text; "" if it is no error of TLS.
func sslText(err error) string {
	if remote, ok := errors.AsType[*net.OpError](err); ok && remote.Op == "remote error" {
		if alert, ok := sslAlerts[remote.Err.Error()]; ok {
			return sslError(sslAlertBase+alert.number, alert.text)
		}
	}
	_, isHandshake := errors.AsType[handshakeError](err)
	_, isRecord := errors.AsType[tls.RecordHeaderError](err)
	_, isErrno := errors.AsType[syscall.Errno](err)
	switch {
	case isVerifyError(err):
		return BadCertificate
	case isRecord:
		return sslError(sslWrongVersion, "wrong version number")
	case errors.Is(err, io.ErrUnexpectedEOF), isHandshake && errors.Is(err, io.EOF):
		return sslError(sslEOF, "unexpected eof while reading")
	case isHandshake && !isErrno:
		return sslError(sslInternal, "internal error")
	}
	return ""
}

// isVerifyError recognises both errors of verify.
func isVerifyError(err error) bool {
	_, chain := errors.AsType[*tls.CertificateVerificationError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	return chain || host
}

func sslError(reason int, text string) string {
	return fmt.Sprintf("SSL error {error:%08X:SSL routines::%s}", sslLibrary+reason, text)
}

// lookupError returns getaddrinfo's words for a failed lookup.
func lookupError(err error) error {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && !dns.IsNotFound {
		return errors.New("Temporary failure in name resolution")
	}
	return errors.New("Name or service not known")
}

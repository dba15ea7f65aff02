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

// sslAlerts are OpenSSL 3's reasons for the alerts a server may send, by alert
// number. OpenSSL's reason code is 1000 more.
var sslAlerts = map[tls.AlertError]string{
	10:  "tlsv1 alert unexpected message",
	40:  "sslv3 alert handshake failure",
	42:  "sslv3 alert bad certificate",
	47:  "sslv3 alert illegal parameter",
	70:  "tlsv1 alert protocol version",
	71:  "tlsv1 alert insufficient security",
	80:  "tlsv1 alert internal error",
	112: "tlsv1 unrecognized name",
	116: "tlsv13 alert certificate required",
	120: "tlsv1 alert no application protocol",
}

// OpenSSL 3's reason codes; the upper part of an error is its library, SSL.
const (
	sslLibrary      = 0x0A000000
	sslVerifyFailed = 134
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
	verify, isVerify := errors.AsType[*tls.CertificateVerificationError](err)
	alert, isAlert := errors.AsType[tls.AlertError](err)
	_, isHandshake := errors.AsType[handshakeError](err)
	_, isRecord := errors.AsType[tls.RecordHeaderError](err)
	_, isErrno := errors.AsType[syscall.Errno](err)
	switch {
	case isVerify && verify != nil, isHostError(err):
		return sslError(sslVerifyFailed, "certificate verify failed")
	case isRecord:
		return sslError(sslWrongVersion, "wrong version number")
	case isAlert && sslAlerts[alert] != "":
		return sslError(sslAlertBase+int(alert), sslAlerts[alert])
	case errors.Is(err, io.ErrUnexpectedEOF), isHandshake && errors.Is(err, io.EOF):
		return sslError(sslEOF, "unexpected eof while reading")
	case isHandshake && !isErrno:
		return sslError(sslInternal, "internal error")
	}
	return ""
}

func isHostError(err error) bool {
	_, host := errors.AsType[x509.HostnameError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return host || authority || invalid
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

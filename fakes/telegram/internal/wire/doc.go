// Package wire speaks HTTP/1.1 as the Bot API server does.
package wire

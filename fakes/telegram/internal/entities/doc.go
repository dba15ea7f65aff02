// Package entities turns what a bot sends as text into what Telegram stores: a
// plain text and the list of its entities.
package entities

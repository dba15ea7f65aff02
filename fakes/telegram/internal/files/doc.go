// Package files keeps the media of a fake Telegram: photos, documents, videos
// and the like which bots upload, send again by file_id, and download.
//
//	media, err := files.Read(files.Photo, upload, files.Meta{}) // slow, needs no lock
//	store.Keep(media)
//	b = store.AppendMedia(b, bot, media)            // the object in a message
//	media, err = store.Reuse(bot, fileID, files.Photo) // a file_id that a bot sends
//	b, err = store.AppendFile(b, bot, fileID)       // getFile
//	data, ok := store.Download(bot, path)           // /file/bot<token>/<path>
//
// A Store is not locked: its callers hold the lock of the world it belongs to.
// Read and the values it returns know no store and may be used from anywhere
// until Keep.
//
// Differences from Telegram, all on purpose: an animation stays the GIF it was,
// a document is never reclassified by its content except a GIF, nothing is
// fetched from the internet (see FromURL), and sizes of videos and durations are
// those the bot states.
package files

import (
	"fmt"
	"strings"
)

// An Error is a refusal of a file: an internal error of code 400, with the text
// that the server forms its answer from.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

// BackEnd reports whether Telegram's back end refuses the file, which it does
// after everything that the server checks by itself: its texts are codes.
func (e *Error) BackEnd() bool {
	return e == errForeign || e.Text == strings.ToUpper(e.Text) && !strings.Contains(e.Text, " ")
}

func refuse(format string, args ...any) *Error { return &Error{fmt.Sprintf(format, args...)} }

// Sizes in bytes.
const (
	MaxDownload  = 20 << 20 // getFile serves nothing larger (Bot API server source)
	MaxPhoto     = 10 << 20 // of an uploaded photo (Bot API docs)
	maxThumbnail = 200 << 10
)

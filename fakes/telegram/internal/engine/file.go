package engine

import (
	"errors"
	"strings"

	"hookproof/fakes/telegram/internal/files"
)

func fileMethods() map[string]handler {
	return map[string]handler{"getFile": getFile}
}

func getFile(c *call) ([]byte, error) {
	id := strings.TrimSpace(c.arg("file_id"))
	if id == "" {
		return nil, badRequest("file_id not specified")
	}
	return c.fileObject(id)
}

func (c *call) fileObject(id string) ([]byte, error) {
	raw, err := c.w.store.AppendFile(nil, c.bot.key.id, id)
	if err != nil {
		return nil, fileRefusal(err)
	}
	return raw, nil
}

// fileRefusal is the refusal of a file where the back end's codes are not put
// into words.
func fileRefusal(err error) error {
	if e, ok := errors.AsType[*files.Error](err); ok {
		return fail(400, e.Text)
	}
	return err
}

// Download is a file's content, by the path that getFile told the bot. ok is
// false where there is none, and always on a self-hosted server, which serves no
// files (Bot API server source): its absolute paths lead nowhere here.
func (w *World) Download(token string, test bool, path string) (data []byte, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, refused := w.bot(token, test)
	if refused != nil {
		return nil, false
	}
	return w.store.Download(b.key.id, path)
}

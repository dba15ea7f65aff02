package files

import (
	"fmt"
	"strings"
)

// A Store holds all files of a world, in memory. Not locked.
type Store struct {
	seed  uint64
	dir   string // where a local server says the files are; "" on the cloud
	limit int64  // bytes kept
	used  int64
	last  int64 // number of the newest file
	files map[int64]*File
	order []*File // those with bytes, oldest first

	paths  map[pathKey]*File
	known  map[fileKey]string
	counts map[int64]int // paths given, by bot
}

type pathKey struct {
	bot  int64
	path string
}

// MaxFiles is how many files a Store knows; the oldest are forgotten first.
const MaxFiles = 100_000

type fileKey struct {
	bot    int64
	number int64
}

// New returns a store that keeps at most limit bytes of files; 0 is 256 MiB.
// When it is full, the oldest files lose their bytes, but are still known, up to
// MaxFiles: a bot may send them again, not download them. The seed makes the
// file_ids.
func New(limit int64, seed uint64) *Store {
	if limit == 0 {
		limit = 256 << 20
	}
	return &Store{
		seed: seed, limit: limit, files: map[int64]*File{},
		paths: map[pathKey]*File{}, known: map[fileKey]string{}, counts: map[int64]int{},
	}
}

// ServeLocally makes the store answer as a server started with --local does:
// files of any size, with an absolute path below dir. Nothing is written there.
func (s *Store) ServeLocally(dir string) { s.dir = dir }

// tooLarge reports whether getFile refuses a file for its size.
func (s *Store) tooLarge(f *File) bool { return s.dir == "" && f.Size > MaxDownload }

// Keep adds media to the store; its files can be found from now on.
func (s *Store) Keep(m *Media) {
	for _, f := range m.files() {
		s.last++
		f.number = s.last
		s.files[f.number] = f
		s.order = append(s.order, f)
		s.used += f.Size
	}
	for s.used > s.limit && len(s.order) > 0 {
		s.drop()
	}
	for len(s.files) > MaxFiles {
		s.forget()
	}
}

// forget makes the oldest file unknown.
func (s *Store) forget() {
	if len(s.order) == len(s.files) {
		s.drop() // it still has its bytes
	}
	number := s.last - int64(len(s.files)) + 1
	delete(s.files, number)
	for bot := range s.counts {
		key := fileKey{bot, number}
		if path, ok := s.known[key]; ok {
			delete(s.paths, pathKey{bot, path})
			delete(s.known, key)
		}
	}
}

// drop forgets the bytes of the oldest file.
func (s *Store) drop() {
	oldest := s.order[0]
	s.order[0] = nil
	s.order = s.order[1:]
	s.used -= oldest.Size
	oldest.data = nil
}

// Used returns how many bytes of files are kept.
func (s *Store) Used() int64 { return s.used }

// Reuse returns the media that a bot sends again as a kind, by its file_id. A
// document of any sort stays what it was, but an image and a document never
// stand in for each other. Errors are *Error.
func (s *Store) Reuse(bot int64, id string, kind Kind) (*Media, error) {
	f, err := s.Find(bot, id)
	if err != nil {
		return nil, err
	}
	if f.Kind == Thumbnail || f.Kind.isImage() != kind.isImage() {
		return nil, refuse("Can't use file of type %s as %s", f.Kind, kind)
	}
	return f.media, nil
}

// Path returns the file_path under which a bot can download a file: the same
// each time, and numbered in the order of asking (observed on the real server:
// the original name does not appear). ok is false if the file is too large to
// be downloaded or its bytes are gone.
func (s *Store) Path(bot int64, f *File) (path string, ok bool) {
	if s.tooLarge(f) || f.data == nil {
		return "", false
	}
	key := fileKey{bot, f.number}
	if path, ok := s.known[key]; ok {
		return path, true
	}
	path = fmt.Sprintf("%s/file_%d", kinds[f.Kind].dir, s.counts[bot])
	if s.dir != "" {
		path = fmt.Sprintf("%s/%d/%s", s.dir, bot, path)
	}
	if f.ext != "" {
		path += "." + f.ext
	}
	s.counts[bot]++
	s.known[key] = path
	s.paths[pathKey{bot, path}] = f
	return path, true
}

// Download returns the bytes behind a file_path which Path gave to the bot. The
// caller must not change them.
func (s *Store) Download(bot int64, path string) (data []byte, ok bool) {
	f := s.paths[pathKey{bot, strings.TrimPrefix(path, "/")}]
	if f == nil || f.data == nil {
		return nil, false
	}
	return f.data, true
}

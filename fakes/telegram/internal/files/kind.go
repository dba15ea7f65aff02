package files

// A Kind is what a file is used as. The numbers are part of every file_id
// (TDLib source, FileType).
type Kind int32

// The kinds of files.
const (
	Thumbnail    Kind = 0
	ProfilePhoto Kind = 1
	Photo        Kind = 2
	Voice        Kind = 3
	Video        Kind = 4
	Document     Kind = 5
	Sticker      Kind = 8
	Audio        Kind = 9
	Animation    Kind = 10
	VideoNote    Kind = 13
)

// kindFacts is what differs between kinds.
type kindFacts struct {
	name string // in errors (TDLib source)
	dir  string // in file_path (TDLib source)
	mime string // if the file's name has no known extension
	ext  string // of file_path if the file's name has none
}

var kinds = map[Kind]kindFacts{
	Thumbnail:    {"Thumbnail", "thumbnails", "image/jpeg", "jpg"},
	ProfilePhoto: {"ChatPhoto", "profile_photos", "image/jpeg", "jpg"},
	Photo:        {"Photo", "photos", "image/jpeg", "jpg"},
	Voice:        {"VoiceNote", "voice", "audio/ogg", "oga"},
	Video:        {"Video", "videos", "video/mp4", "mp4"},
	Document:     {"Document", "documents", "application/octet-stream", ""},
	Sticker:      {"Sticker", "stickers", "image/webp", "webp"},
	Audio:        {"Audio", "music", "audio/mpeg", "mp3"},
	Animation:    {"Animation", "animations", "video/mp4", "mp4"},
	VideoNote:    {"VideoNote", "video_notes", "video/mp4", "mp4"},
}

func (k Kind) String() string { return kinds[k].name }

// isImage reports whether files of the kind are made by Telegram out of an
// image, in several sizes.
func (k Kind) isImage() bool { return k == Photo || k == ProfilePhoto || k == Thumbnail }

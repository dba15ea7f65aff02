package files

import "strings"

// extensions maps file name extensions to MIME types. The operating system's own
// table would make answers differ between machines.
var extensions = map[string]string{
	"7z": "application/x-7z-compressed", "aac": "audio/aac", "apk": "application/vnd.android.package-archive",
	"avi": "video/x-msvideo", "bin": "application/octet-stream", "bmp": "image/bmp", "css": "text/css", "csv": "text/csv",
	"doc": "application/msword", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"epub": "application/epub+zip", "flac": "audio/flac", "gif": "image/gif", "gz": "application/gzip", "heic": "image/heic",
	"htm": "text/html", "html": "text/html", "ics": "text/calendar", "jpeg": "image/jpeg", "jpg": "image/jpeg",
	"js": "text/javascript", "json": "application/json", "log": "text/plain", "m4a": "audio/mp4", "md": "text/markdown",
	"mkv": "video/x-matroska", "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4", "oga": "audio/ogg",
	"ogg": "audio/ogg", "opus": "audio/ogg", "pdf": "application/pdf", "png": "image/png",
	"ppt":  "application/vnd.ms-powerpoint",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", "py": "text/x-python",
	"rar": "application/vnd.rar", "rtf": "application/rtf", "svg": "image/svg+xml", "tar": "application/x-tar",
	"tgs": "application/x-tgsticker", "tif": "image/tiff", "tiff": "image/tiff", "txt": "text/plain", "vcf": "text/vcard",
	"wav": "audio/x-wav", "webm": "video/webm", "webp": "image/webp", "xls": "application/vnd.ms-excel",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xml": "text/xml",
	"yaml": "text/yaml", "yml": "text/yaml", "zip": "application/zip",
}

// extension returns the lower-case extension of a name, without the dot, or "".
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i <= 0 || i == len(name)-1 || len(name)-i > 10 {
		return ""
	}
	ext := strings.ToLower(name[i+1:])
	for _, r := range ext {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return ""
		}
	}
	return ext
}

// mimeOf guesses a MIME type by the name alone, as Telegram does, which ignores
// the type that came with the upload (TDLib source).
func mimeOf(kind Kind, name string) string {
	if mime, ok := extensions[extension(name)]; ok {
		return mime
	}
	return kinds[kind].mime
}

// pathExtension is the extension that a file has in its file_path.
func pathExtension(kind Kind, name string) string {
	if kind.isImage() {
		return "jpg" // Telegram makes JPEGs of all of them
	}
	if ext := extension(name); ext != "" {
		return ext
	}
	return kinds[kind].ext
}

// cleanName reduces an upload's name to its last element.
func cleanName(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

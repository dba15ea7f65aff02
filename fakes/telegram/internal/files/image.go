package files

import (
	"bytes"
	"image"
	"image/draw"
	_ "image/gif" // for image.Decode
	"image/jpeg"
	_ "image/png" // for image.Decode
	"slices"
)

// A photo's sizes: the letter Telegram gives each and the box it fits into.
// Source: Telegram API docs, and for 90 instead of 100 observed on the real
// server.
var photoBoxes = []struct {
	letter byte
	box    int
}{{'s', 90}, {'m', 320}, {'x', 800}, {'y', 1280}, {'w', 2560}}

// photoExtensions are those Telegram takes photos of (Bot API server source,
// PHOTO_EXT_INVALID); WebP is taken, too (observed on the real server).
var photoExtensions = []string{"", "jpg", "jpeg", "gif", "png", "tif", "bmp", "webp"}

// maxPixels bounds the images that are decoded to be scaled: beyond, the sizes
// of a photo share its bytes.
const maxPixels = 20 << 20

// Dimensions returns the width and height of an image in a format known here.
func Dimensions(data []byte) (width, height int, ok bool) {
	if w, h, ok := webpSize(data); ok {
		return w, h, true
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return 0, 0, false
	}
	return config.Width, config.Height, true
}

// readPhoto makes a photo's sizes, smallest first, or refuses the image as
// Telegram does.
func readPhoto(kind Kind, up Upload) ([]*File, error) {
	if len(up.Data) > MaxPhoto {
		return nil, refuse("File of size %d bytes is too big for a photo; the maximum size is %d bytes", len(up.Data), MaxPhoto)
	}
	if !slices.Contains(photoExtensions, extension(up.Name)) {
		return nil, refuse("PHOTO_EXT_INVALID")
	}
	width, height, ok := Dimensions(up.Data)
	if !ok {
		return nil, refuse("IMAGE_PROCESS_FAILED")
	}
	// Bot API docs, sendPhoto: width and height at most 10000 in total, their
	// ratio at most 20.
	if width+height > 10_000 || max(width, height) > 20*min(width, height) {
		return nil, refuse("PHOTO_INVALID_DIMENSIONS")
	}
	return photoSizes(kind, up.Data, width, height), nil
}

func photoSizes(kind Kind, data []byte, width, height int) []*File {
	picture := decode(data, width, height)
	var sizes []*File
	for _, b := range photoBoxes {
		w, h := fit(width, height, b.box)
		f := &File{Kind: kind, Width: w, Height: h, size: b.letter, ext: "jpg"}
		whole := w == width && h == height
		f.data = data
		if picture != nil && !(whole && isJPEG(data)) {
			f.data = scale(picture, w, h)
		}
		f.Size = int64(len(f.data))
		sizes = append(sizes, f)
		if whole {
			break
		}
	}
	return sizes
}

// fit returns the dimensions of an image made to fit a square box; an image
// that fits stays as it is.
func fit(width, height, box int) (int, int) {
	longest := max(width, height)
	if longest <= box {
		return width, height
	}
	return max(1, (width*box+longest/2)/longest), max(1, (height*box+longest/2)/longest)
}

func isJPEG(data []byte) bool { return bytes.HasPrefix(data, []byte{0xff, 0xd8}) }

// decode returns the picture, or nil if it cannot be decoded or is too large.
func decode(data []byte, width, height int) *image.RGBA {
	if width*height > maxPixels {
		return nil
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil // the head is sound, the rest is not: keep what came
	}
	flat := image.NewRGBA(image.Rect(0, 0, picture.Bounds().Dx(), picture.Bounds().Dy()))
	draw.Draw(flat, flat.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return flat
}

// scale returns the picture as a JPEG of w by h. Nearest neighbour is enough
// for a fake.
func scale(picture *image.RGBA, w, h int) []byte {
	from := picture.Bounds()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		line := picture.Pix[y*from.Dy()/h*picture.Stride:]
		for x := range w {
			copy(to.Pix[y*to.Stride+4*x:][:4], line[4*(x*from.Dx()/w):])
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, to, nil); err != nil {
		return nil // cannot be: a buffer takes everything
	}
	return out.Bytes()
}

// readThumbnail makes a thumbnail of an image, or nil if it is none or too
// large to be one, which Telegram ignores.
func readThumbnail(data []byte) *File {
	width, height, ok := Dimensions(data)
	if !ok || len(data) > maxThumbnail {
		return nil
	}
	return thumbnail(data, width, height)
}

func thumbnail(data []byte, width, height int) *File {
	w, h := fit(width, height, 320)
	f := &File{Kind: Thumbnail, Width: w, Height: h, size: 'm', ext: "jpg", data: data}
	if picture := decode(data, width, height); picture != nil && !(w == width && isJPEG(data)) {
		f.data = scale(picture, w, h)
	}
	f.Size = int64(len(f.data))
	return f
}

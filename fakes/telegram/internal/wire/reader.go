package wire

// A Reader takes bytes as they arrive and hands out whole messages.
type Reader struct{}

func NewRequestReader() *Reader  { return &Reader{} }
func NewResponseReader() *Reader { return &Reader{} }

func (r *Reader) Feed(p []byte)           {}
func (r *Reader) Next() (*Message, error) { return nil, nil }
func (r *Reader) Buffered() int           { return 0 }

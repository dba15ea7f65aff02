// Package wire speaks HTTP/1.1 as the Bot API server does, in both roles: it
// reads what bots send to the server and what webhooks reply to it.
//
// # Reading
//
// A [Reader] is fed bytes as they come and hands out a [Message] when one is
// complete. The server reads requests and responses with one reader of its
// own, which is stricter and looser than net/http in many places; this one
// does the same in each of them:
//
//   - Only GET and POST exist, in HTTP/1.0 and 1.1. Lines end in CR LF.
//   - Arguments come from the query, then from a body that is urlencoded, a
//     JSON object or multipart/form-data. A body of any other type is a file.
//   - Broken JSON is no error: what came before the fault counts.
//   - Without Content-Length and chunks there is no body, not even in a
//     response; what follows is the next message.
//   - Chunk sizes that cannot be read end the body, trailers are not known.
//   - gzip and deflate bodies are unpacked; identity is an unknown encoding.
//
// What cannot be read is an [Error]: a status that the server answers with an
// empty body before it closes, and a text that it shows as last_error_message
// if it was a webhook's reply.
//
// [ParseJSON] reads nested parameters, with the server's own error texts.
//
// # Serving
//
// [Serve] runs one connection: one goroutine, one read and one write for a
// usual request. It calls a [Handler] for each request in turn. It never
// closes because a client asks for it, and never sends 100 Continue. A handler
// that waits, for a long poll, learns from [Conn.Gone] that nobody waits any
// more for what it is waiting for.
//
// [ParseRoute] takes a path apart, [AppendResponse] and [AppendString] write
// as the server writes.
//
// # What it does not do
//
// TLS, tokens, methods and their parameters are other packages' business, and
// so is every limit on rates. Files are held in memory.
//
// Where no other source is named, the rules are those of the Bot API server's
// source, and most were also observed on the running server: testdata/traces
// has the recordings.
package wire

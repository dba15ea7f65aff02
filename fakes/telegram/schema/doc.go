// Package schema is the Bot API as data: 180 methods and 359 types of Bot API
// 10.1, with the checks a fake server needs.
//
//	err := schema.Validate("Message", raw)            // is this JSON a Message?
//	err = schema.ValidateReturn("sendMessage", raw)   // may sendMessage answer it?
//	err = schema.CheckParams("setChatTitle", params)  // Telegram's refusals, as text
//	raw, err := schema.Sample("setChatTitle", params, env)
//	raw, err = schema.UpdateExample("callback_query", 1)
//
// Names, types and required flags come from the embedded botapi.json, which is
// generated from the Bot API documentation. What that file lacks is kept in
// small tables here, each row taken from the documentation or from the Bot API
// server source: the constant values that tell the members of a union apart
// (constants.go), strings with a closed set of values (enums.go), and fields
// which the server still sends although they are no longer documented
// (legacy.go).
//
// Validation is strict, on purpose stricter than any client library: unknown
// and duplicate fields are refused, so that a misspelt field in a fake cannot
// hide. Parameter checks are as lenient as the server is.
//
// Everything here is read-only after the first call and safe for concurrent
// use. The values returned by Methods, Types, Method and Type are shared; do
// not modify them.
package schema

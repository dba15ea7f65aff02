// Package delivery is the webhook delivery engine of the fake Bot API server:
// which update goes out when and on which connection, what counts as delivered,
// and when an update is tried again or given up.
//
// A [Hook] is a state machine. It has no goroutines and no lock of its own: its
// methods, the methods of its connections and all its callbacks run with the
// world's lock held, and time is a [clock.Clock]. Bytes travel by a [Transport];
// [Net] is the one with real sockets.
//
// Everything it does is what the Bot API server's webhook engine was observed to
// do, or read in its source. The recordings it is compared with are replayed by
// package replay.
package delivery

// Package e2e has the suites that look at this repository's bot from outside,
// as the built binary:
//
//	go test ./e2e                 builds the bot itself
//	go test ./e2e -bot bin/bot    tests that binary
//
// TestCatalogue puts it through every check of package proof; the other suites
// tell the story's own tales: a conversation, a spoofed address, a bad token, a
// stop, a migration, a container behind a proxy, real addresses, a flapping
// network, a day. What a suite needs and does not find (a Docker engine, caddy,
// haproxy, ip) it names and is skipped; with CI=true that is a failure.
package e2e

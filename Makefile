# Hookproof. `make` lists the targets. Go, git and make are all that build, demo,
# test, e2e, loadtest, prove, traces and fuzz need; once the modules are there
# (go mod download) they need no network either. lint installs its tool once.

GO       ?= go
BIN      := $(CURDIR)/bin
TOOLS    := $(CURDIR)/.tools/bin
REPORTS  := $(CURDIR)/reports
FUZZTIME ?= 10s
RACE     ?= -race
TARGET   ?= hookproof
DIR      ?= fakes/telegram/internal/replay/testdata/traces
GOLANGCI := v2.15.0
GOVULN   := v1.9.0

# The roots that the image trusts are those of the machine that builds it.
CERTS := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem /etc/pki/tls/certs/ca-bundle.crt))

.DEFAULT_GOAL := help
.PHONY: help build run demo test e2e loadtest loadtest-full loadtest-matrix prove scoreboard traces fuzz lint vuln check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the bot and the fake into bin/, static
	@mkdir -p $(BIN)
	CGO_ENABLED=0 $(GO) build -trimpath -tags netgo -ldflags '-s -w' -o $(BIN)/bot ./bot
	CGO_ENABLED=0 $(GO) build -trimpath -tags netgo -ldflags '-s -w' -o $(BIN)/fake-telegram ./fakes/cmd/fake-telegram
	@if [ -n "$(CERTS)" ]; then cp "$(CERTS)" $(BIN)/ca-certificates.crt; \
	else : > $(BIN)/ca-certificates.crt; echo "no CA certificates found: the image will trust nobody" >&2; fi

run: build ## run the fake, its console and the bot, to try by hand
	$(BIN)/fake-telegram -bot $(BIN)/bot

demo: ## the whole story, narrated, in about half a minute
	@$(GO) run ./e2e/cmd/demo

# The suites start processes and time them: nothing else runs beside them.
UNITS = $$($(GO) list ./... | grep -v /e2e)

test: ## everything that needs no Docker
	$(GO) test -shuffle=on $(UNITS)
	$(GO) test -shuffle=on -p 1 -timeout 15m ./e2e/...

e2e: build ## put the built bot through the suites
	$(GO) run ./e2e/cmd/prove -bin $(BIN)/bot
	$(GO) test -count=1 -timeout 15m ./e2e -bot $(BIN)/bot

LOADTEST := $(BIN)/loadtest -bot $(BIN)/bot

# Not by go run: that makes 1 of every exit code, and make tells which it was.
$(BIN)/loadtest: build
	@$(GO) build -o $@ ./loadtest

loadtest: $(BIN)/loadtest ## latency and CPU, with a verdict, in under five minutes
	@$(LOADTEST) -o $(REPORTS)

loadtest-matrix: $(BIN)/loadtest ## CPU of webhook to polling, rate by rate, with and without a round trip
	@$(LOADTEST) -plan matrix -o $(REPORTS)

# One plan after the other, whatever the verdicts of the one before, and the worst
# exit code of all: wrong use (2), no bot (4), a promise broken (1), one not judged (3).
loadtest-full: $(BIN)/loadtest ## all arrivals, networks and baselines, then other libraries' bots, then the harness itself: 80 minutes
	@trap : INT TERM; codes=""; \
	for plan in full peers headroom; do \
		echo "== plan $$plan, reports in $(REPORTS)/$$plan"; \
		$(LOADTEST) -plan $$plan -o $(REPORTS)/$$plan; code=$$?; \
		test $$code -ne 130 || exit 130; \
		codes="$$codes $$code"; \
	done; \
	echo "exit codes of full, peers, headroom:$$codes"; \
	for code in $$codes; do case $$code in [0-4]) ;; *) exit $$code;; esac; done; \
	for worst in 2 4 1 3; do case "$$codes " in *" $$worst "*) exit $$worst;; esac; done

prove: ## put any bot through the proofs: make prove TARGET=hookproof
	$(GO) run ./e2e/cmd/prove -target $(TARGET)

scoreboard: ## put every target through the proofs, about half an hour, and write docs/scoreboard.md
	@mkdir -p $(REPORTS)
	$(GO) run ./e2e/cmd/prove -scoreboard -markdown docs/scoreboard.md -html $(REPORTS)/scoreboard.html

traces: ## replay recordings of the real server: make traces DIR=path
	$(GO) run ./fakes/cmd/traces $(DIR)

# Go at times takes its own deadline for a failure (go.dev/issue/48591): only a
# failing input, or a failure without that deadline, counts.
fuzz: ## run every fuzz target for FUZZTIME (default 10s)
	@set -e; log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	for dir in $$(grep -rlE --include='*_test.go' '^func Fuzz' bot fakes e2e loadtest | xargs -n1 dirname | sort -u); do \
		for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go | cut -d' ' -f2); do \
			echo "== $$dir $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) "./$$dir" >"$$log" 2>&1 </dev/null || { \
				if grep -q 'Failing input' "$$log" || ! grep -q 'context deadline exceeded' "$$log"; then cat "$$log"; exit 1; fi; }; \
			grep -E '^fuzz: elapsed' "$$log" | tail -n 1; \
		done; \
	done

$(TOOLS)/golangci-lint-$(GOLANGCI):
	@mkdir -p $(TOOLS)
	cd / && GOBIN=$(TOOLS) GOFLAGS=-mod=mod $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	mv $(TOOLS)/golangci-lint $@

lint: $(TOOLS)/golangci-lint-$(GOLANGCI) ## gofmt, vet and the linters of .golangci.yml, pinned
	@out=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l 2>&1); test -z "$$out" || { echo "gofmt would change:" && echo "$$out" && exit 1; }
	$(GO) vet ./...
	$< run ./...

vuln: ## known vulnerabilities, with govulncheck; needs the network, for its database
	GOFLAGS=-mod=mod $(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULN) ./...

check: build ## what CI runs: lint, all tests with the race detector, traces, demo (RACE= without cgo)
	$(MAKE) lint
	$(MAKE) test
	$(GO) test $(RACE) -shuffle=on $(UNITS)
	$(GO) test $(RACE) -shuffle=on -p 1 -timeout 15m $$($(GO) list ./e2e/... | grep -v '/e2e$$')
	$(GO) test $(RACE) -shuffle=on -count=1 -timeout 15m ./e2e -bot $(BIN)/bot
	$(MAKE) traces
	$(MAKE) demo

clean: ## remove what was built
	rm -rf $(BIN) $(TOOLS) $(REPORTS) cover

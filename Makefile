# Hookproof. `make` lists the targets.

GO        ?= go
BIN       := $(CURDIR)/bin
TOOLS     := $(CURDIR)/.tools/bin
FUZZTIME  ?= 10s
VERSION   := $(shell git describe --always --dirty 2>/dev/null || echo dev)
GOLANGCI  := v2.15.0
GOVULN    := v1.9.0
RACE      ?= -race
CERTS     := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem /etc/pki/tls/certs/ca-bundle.crt))

.DEFAULT_GOAL := help
.PHONY: help build run demo test e2e loadtest loadtest-full prove traces fuzz lint vuln check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the bot and the fake into bin/, static
	@mkdir -p $(BIN)
	CGO_ENABLED=0 $(GO) build -trimpath -tags netgo -ldflags '-s -w' -o $(BIN)/bot ./bot
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $(BIN)/fake-telegram ./fakes/cmd/fake-telegram
	@if [ -n "$(CERTS)" ]; then cp $(CERTS) $(BIN)/ca-certificates.crt; else : > $(BIN)/ca-certificates.crt; fi

run: build ## run the fake, its console and the bot, to try by hand
	$(BIN)/fake-telegram -bot $(BIN)/bot

demo: ## the whole story, narrated, in about half a minute
	@$(GO) run ./e2e/cmd/demo

test: ## everything that needs no Docker
	$(GO) test -shuffle=on ./...

e2e: build ## put the built bot through the proofs
	$(GO) test -count=1 -timeout 15m ./e2e/... -bot $(BIN)/bot

loadtest: build ## latency and CPU, with a verdict, in under five minutes
	$(GO) run ./loadtest -bot $(BIN)/bot

loadtest-full: build ## the whole matrix of profiles, network and baselines
	$(GO) run ./loadtest -bot $(BIN)/bot -full

TARGET ?= hookproof
prove: ## put any bot through the proofs: make prove TARGET=hookproof
	$(GO) run ./e2e/cmd/prove -target $(TARGET)

DIR ?= fakes/telegram/internal/replay/testdata/traces
traces: ## replay recordings of the real server: make traces DIR=path
	$(GO) run ./fakes/cmd/traces $(DIR)

fuzz: ## run every fuzz target for FUZZTIME (default 10s)
	@set -e; for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz' || true); do \
			echo "fuzz $$pkg $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

$(TOOLS)/golangci-lint:
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) GOFLAGS=-mod=mod $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)

lint: $(TOOLS)/golangci-lint ## golangci-lint, pinned
	$(TOOLS)/golangci-lint run ./...

vuln: ## govulncheck, pinned; needs the network for its database
	GOFLAGS=-mod=mod $(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULN) ./...

check: build ## what CI runs
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(MAKE) lint
	$(MAKE) test
	$(GO) test $(RACE) -shuffle=on $$($(GO) list ./... | grep -v '/e2e$$')
	$(GO) test $(RACE) -shuffle=on -count=1 -timeout 15m ./e2e -bot $(BIN)/bot
	$(MAKE) traces
	$(MAKE) demo

clean: ## remove what was built
	rm -rf $(BIN) $(TOOLS) cover reports

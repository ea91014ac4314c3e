# crisol's own commands; each is also a line that can be typed by hand.
SHELL := /bin/bash
.DEFAULT_GOAL := help

swift_flags ?=
binary := .build/debug/crisol

.PHONY: help prepare agent build conformance test lint fuzz release bench bench-proxy clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

prepare: ## Install the Debian packages that are missing.
	@dev/prepare.sh

agent: prepare ## Build the static program of the test containers.
	@dev/build-agent.sh

# The files that become part of the program must be listed before it is compiled.
build: agent ## Build crisol (debug).
	@dev/embed.sh
	@swift build $(swift_flags) --product crisol

# make itself ends with 2 whatever a command ended with; "Error N" in its last line is crisol's exit code.
conformance: build ## Judge a private containerd with all suites; the report goes to reports/latest.
	@$(binary) run --managed containerd --output reports/latest

test: agent ## Run all tests, those against a real containerd included.
	@dev/test.sh

release: agent ## Build one file that runs alone on another Linux: .build-release/crisol.
	@dev/build-release.sh

lint: ## Check formatting, layering, suites and generated code.
	@dev/lint.sh

bench: prepare ## Measure crisol against what it could be at best (builds a release).
	@dev/bench.sh

bench-proxy: ## Measure the relay against socat and HAProxy, side by side (needs both; builds a release).
	@dev/bench-proxy.sh

fuzz: ## Fuzz each parser of what peers send for a while (a clean build takes minutes).
	@dev/fuzz.sh all 200000

clean: ## Remove what was built.
	@rm -rf .build .build-aarch64 .build-agent .build-fuzz .build-release reports/latest

#!/usr/bin/env bash
# Runs all tests. As root those against a real containerd run too; elsewhere they say why they did not.
set -euo pipefail
cd "$(dirname "$0")/.."

export CRISOL_AGENT=$PWD/.build-agent/release/agent
swift build --build-tests --product crisol >/dev/null 2>&1 || true
swift test "$@"

#!/usr/bin/env bash
# Runs all tests; arguments go to `swift test` (`dev/test.sh --filter MatcherTests`). As root the tests against a real
# containerd run too; elsewhere they are skipped and say why.
set -euo pipefail
cd "$(dirname "$0")/.."

export CRISOL_AGENT=$PWD/.build-agent/release/agent
swift build --build-tests
# A test that writes to a program which has ended must fail, and not end all tests. The networking library has them
# ignore this signal too, but only from its first socket on.
trap '' PIPE
# Few at a time: hundreds at once on two cores starve those that wait for a peer's answer beyond any fair time limit.
# A line at a time, so that a log that is cut off says which test was at work.
stdbuf -oL swift test --skip-build --experimental-maximum-parallelization-width 4 "$@"

#!/usr/bin/env bash
# Runs the tests of what works with several threads under the thread sanitizer; arguments are names of test targets.
# A clean build takes some ten minutes. Ends with 1 when a race was found; a test that took too long, as many do here,
# is no race.
set -euo pipefail
cd "$(dirname "$0")/.."

out=.build-tsan
targets=("$@")
[ $# -gt 0 ] || targets=(CRIClientTests FaultProxyTests KubeletLoadTests RunnerTests StreamingTests TestImagesTests)
swift build --sanitize=thread --scratch-path "$out" --build-tests
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
"$clang" -shared -fPIC -O1 -o "$out/tsan-mutex.so" dev/tsan-mutex.c
log=$out/tsan.log
export CRISOL_AGENT=$PWD/.build-agent/release/agent
LD_PRELOAD=$PWD/$out/tsan-mutex.so "$out/debug/crisolPackageTests.xctest" --testing-library swift-testing \
    --experimental-maximum-parallelization-width 4 --filter "^($(IFS='|' && echo "${targets[*]}"))\." >"$log" 2>&1 || true
tail -n 1 "$log"
races=$(grep -c '^WARNING: ThreadSanitizer' "$log" || true)
echo "$races races; all that was said is in $log"
grep -qE '^(✔|✘) Test run with' "$log" && [ "$races" -eq 0 ]

#!/usr/bin/env bash
# Measures crisol against what it could be at best, as ratios in one run: the harness against a bare client, the client
# against a direct probe, streams against a raw TCP copy, `crisol version` against another client's command, the memory of
# a full run. Measures everything, and ends with 2 when a budget was not kept. As root.
set -euo pipefail
cd "$(dirname "$0")/.."

crisol=$PWD/.build-release/crisol
[ -x "$crisol" ] || dev/build-release.sh
swift build --package-path Benchmarks --scratch-path .build-bench -c release --product crisol-bench >&2
bench=.build-bench/release/crisol-bench

over=0
# What is over its budget ends the whole only after the rest was measured (crisol-bench's 2); what is broken ends it at once.
measure() {
    local code=0
    "$@" || code=$?
    case $code in
    0) ;;
    2) over=2 ;;
    *) exit "$code" ;;
    esac
}

log=$(mktemp)
"$crisol" runtime start >"$log" 2>&1 &
runtime=$!
finish() {
    kill "$runtime" 2>/dev/null || true
    wait "$runtime" 2>/dev/null || true
    rm -f "$log"
}
trap finish EXIT
for _ in $(seq 300); do
    grep -q ^READY= "$log" && break
    kill -0 "$runtime" 2>/dev/null || {
        cat "$log" >&2
        exit 3
    }
    sleep 0.1
done
endpoint=$(sed -n 's/^READY=//p' "$log")
image=$(sed -n 's/^IMAGE=//p' "$log")
[ -n "$endpoint" ] || {
    cat "$log" >&2
    exit 3
}
# The images are there before anybody is measured.
"$crisol" run --endpoint "$endpoint" --output "$(mktemp -d)" --case container.start.running >/dev/null

measure "$bench" latency --endpoint "$endpoint"
ctr=$(ls -d /usr/bin/ctr "${CRISOL_STATE:-/var/lib/crisol}"/packages/containerd/usr/bin/ctr 2>/dev/null | head -n 1 || true)
if [ -n "$ctr" ]; then
    measure "$bench" commands --crisol "$crisol" --endpoint "$endpoint" --other "$ctr" -a "${endpoint#unix://}" version
else
    echo "no other client is here to measure crisol version against"
fi
# The pod's address can be dialled inside the runtime's network only, which is that of the one child of `runtime start`.
# Sharing this machine's would leave a bridge behind.
inside=$(cat /proc/"$runtime"/task/*/children | head -n 1)
measure nsenter --net="/proc/${inside%% *}/ns/net" "$bench" streams --endpoint "$endpoint" --image "$image"
measure "$bench" overhead --endpoint "$endpoint" --image "$image" --crisol "$crisol"
finish
trap - EXIT
measure "$bench" memory --crisol "$crisol" run --managed containerd --output "$(mktemp -d)"
exit "$over"

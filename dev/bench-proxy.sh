#!/usr/bin/env bash
# Measures crisol's relay, with ledger and metrics on and no live rule, against a byte copy (socat) and another HTTP/2
# proxy (HAProxy, one thread), side by side in one run, as ratios. Ends with 2 when a budget was not
# kept. What is passed on is passed to `crisol-bench proxy`:
#   dev/bench-proxy.sh [--checked-calls 1000000] [--throughput-calls 100000] [--calls 20000]
set -euo pipefail
cd "$(dirname "$0")/.."

for program in socat haproxy; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || {
        echo "$program is needed to measure against: apt-get install $program" >&2
        exit 3
    }
done
swift build --package-path Benchmarks --scratch-path .build-bench -c release --product crisol-bench >&2
bench=$PWD/.build-bench/release/crisol-bench

folder=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT

await() { # socket, pid
    for _ in $(seq 100); do
        [ -S "$1" ] && return
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    echo "nothing listens on $1" >&2
    cat "$folder"/*.log >&2
    exit 3
}

"$bench" echo-runtime --listen "$folder/runtime.sock" >"$folder/runtime.log" 2>&1 &
pids+=($!)
await "$folder/runtime.sock" "$!"

socat "UNIX-LISTEN:$folder/socat.sock,fork" "UNIX-CONNECT:$folder/runtime.sock" >"$folder/socat.log" 2>&1 &
pids+=($!)
await "$folder/socat.sock" "$!"

cat >"$folder/haproxy.cfg" <<END
global
    nbthread 1
defaults
    mode http
    timeout connect 10s
    timeout client 10m
    timeout server 10m
frontend client
    bind unix@$folder/haproxy.sock proto h2
    default_backend runtime
backend runtime
    server runtime unix@$folder/runtime.sock proto h2
END
PATH=$PATH:/usr/sbin haproxy -db -f "$folder/haproxy.cfg" >"$folder/haproxy.log" 2>&1 &
haproxy=$!
pids+=("$haproxy")
await "$folder/haproxy.sock" "$haproxy"

"$bench" relay --listen "$folder/crisol.sock" --runtime "$folder/runtime.sock" --ledger "$folder/ledger" \
    >"$folder/crisol.log" 2>&1 &
crisol=$!
pids+=("$crisol")
await "$folder/crisol.sock" "$crisol"

code=0
"$bench" proxy --direct "$folder/runtime.sock" --via "socat=$folder/socat.sock" \
    --via "haproxy=$folder/haproxy.sock" --via "crisol=$folder/crisol.sock" \
    --process "haproxy=$haproxy" --process "crisol=$crisol" "$@" || code=$?
kill "$crisol"
wait "$crisol" || true
grep -E '^crisol_proxy_(ledger_dropped|calls_total)' "$folder/crisol.log"
# A line for each call, or a count of those dropped.
calls=$(awk '/^crisol_proxy_calls_total/ { n += $2 } END { print n + 0 }' "$folder/crisol.log")
dropped=$(awk '/^crisol_proxy_ledger_dropped_total/ { n += $2 } END { print n + 0 }' "$folder/crisol.log")
lines=$(cat "$folder"/ledger* | wc -l)
echo "$lines lines in the ledger and $dropped dropped, of $calls calls"
[ "$calls" -gt 0 ] && [ $((lines + dropped)) -eq "$calls" ] || {
    echo "calls are in neither: NOT KEPT"
    # A run that broke says so rather than this.
    [ "$code" -ne 0 ] || code=2
}
exit "$code"

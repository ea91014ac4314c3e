#!/usr/bin/env bash
# Builds the fuzz targets and runs one of them, or all, on a copy of the seeds in Fuzz/Corpus:
#   dev/fuzz.sh [TARGET|all] [RUNS]      TARGET: SPDY, WebSocket, RemoteCommand, Relay; RUNS: 200000 by default
# With CRISOL_FUZZ_SANITIZER=none it goes two to four times as fast, for runs of millions: everything is checked but what
# zlib does to memory (see Fuzz/Package.swift).
# An input that breaks something is left at .build-fuzz/TARGET-*; add it to Fuzz/Corpus and to a test.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(SPDY WebSocket RemoteCommand Relay)
case "${1:-all}" in
all) chosen=("${targets[@]}") ;;
*)
    case " ${targets[*]} " in *" $1 "*) chosen=("$1") ;; *)
        echo "usage: $0 [${targets[*]}|all] [RUNS]" >&2
        exit 2
        ;;
    esac
    ;;
esac
runs=${2:-200000}
export CRISOL_FUZZ_SANITIZER=${CRISOL_FUZZ_SANITIZER:-address}
# Swift's own crash handler does not get along with the sanitizer's.
export SWIFT_BACKTRACE=enable=no
case $CRISOL_FUZZ_SANITIZER in
address)
    scratch=.build-fuzz/address
    # Freed memory is kept back by the sanitizer for long enough to be noticed, and not for so long that it costs most of
    # the time.
    export ASAN_OPTIONS=quarantine_size_mb=1:malloc_context_size=0
    memory=2048
    ;;
none)
    scratch=.build-fuzz/none
    # A deflate stream is 256 KiB: without these each one would be asked of the kernel and given back.
    export MALLOC_TRIM_THRESHOLD_=268435456 MALLOC_MMAP_THRESHOLD_=268435456 MALLOC_TOP_PAD_=16777216
    # Nothing but the whole can be bounded here; it takes less than 100.
    memory=512
    ;;
*)
    echo "CRISOL_FUZZ_SANITIZER is address or none, not '$CRISOL_FUZZ_SANITIZER'" >&2
    exit 2
    ;;
esac

swift build --package-path Fuzz --scratch-path "$scratch" -c release >&2
binaries=$(swift build --package-path Fuzz --scratch-path "$scratch" -c release --show-bin-path)
for target in "${chosen[@]}"; do
    # What it finds on its way stays out of the committed seeds.
    found=.build-fuzz/corpus/$target
    mkdir -p "$found"
    echo "--- $target, $runs runs"
    "$binaries/Fuzz$target" -runs="$runs" -max_len=4096 -timeout=10 -rss_limit_mb="$memory" -print_final_stats=1 \
        -artifact_prefix=".build-fuzz/$target-" "$found" "Fuzz/Corpus/$target" 2>&1 |
        grep -vE '^(#|\s*NEW|INFO: seed corpus)' || exit 1
done

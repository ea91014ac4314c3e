#!/usr/bin/env bash
# The released program needs nothing but libc and libm, and holds all it needs: dev/check-release.sh FILE
set -euo pipefail

file=$1
needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
case $needed in
"libc.so.6 libm.so.6 " | "ld-linux-x86-64.so.2 libc.so.6 libm.so.6 " | "ld-linux-aarch64.so.1 libc.so.6 libm.so.6 ") ;;
*)
    echo "$file needs more than libc and libm: $needed" >&2
    exit 1
    ;;
esac
# Alone in an empty folder, as on another machine.
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
cp "$file" "$empty/crisol"
(
    cd "$empty"
    ./crisol --version >/dev/null
    ./crisol list | tail -n 1
    ./crisol lint | tail -n 1
)
echo "$file: $(($(stat -c %s "$file") >> 20)) MiB, needs $needed"

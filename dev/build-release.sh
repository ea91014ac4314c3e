#!/usr/bin/env bash
# Builds crisol as one file that needs only libc and libm and holds its suites, schemas and agent:
# .build-release/crisol.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/embed.sh
out=.build-release
# The linker takes what it finds first: of these libraries only the archives.
archives=$out/archives
rm -rf "$archives"
mkdir -p "$archives"
for name in stdc++ z zstd seccomp; do
    archive=$(gcc -print-file-name="lib$name.a")
    [ -e "$archive" ] || {
        echo "lib$name.a is missing: install the package's -dev" >&2
        exit 2
    }
    ln -s "$archive" "$archives/lib$name.a"
done
swift build -c release --static-swift-stdlib --scratch-path "$out" --product crisol \
    -Xswiftc "-L$PWD/$archives" -Xlinker --gc-sections -Xswiftc -Xclang-linker -Xswiftc -static-libgcc
strip -o "$out/crisol" "$out/release/crisol"
dev/check-release.sh "$out/crisol"

#!/usr/bin/env bash
# Builds crisol as one file that needs only libc and libm and holds its suites, schemas and agent:
# .build-release/crisol.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/embed.sh
out=.build-release
# Of these libraries only the archives: a folder with nothing else in it, named by package files of our own, because
# the system's name the system's folder.
archives=$PWD/$out/archives
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
for package in zlib=z libzstd=zstd libseccomp=seccomp; do
    printf 'Name: %s\nDescription: the archive alone\nVersion: 1\nLibs: -L%s -l%s\n' \
        "${package%=*}" "$archives" "${package#*=}" >"$archives/${package%=*}.pc"
done
export PKG_CONFIG_PATH=$archives
# At a fixed address the loader has nothing to relocate, and without exported names nothing to look through: both are
# paid at every start.
swift build -c release --static-swift-stdlib --scratch-path "$out" --product crisol \
    -Xswiftc "-L$archives" -Xlinker --gc-sections -Xlinker --no-export-dynamic \
    -Xswiftc -Xclang-linker -Xswiftc -static-libgcc -Xswiftc -Xclang-linker -Xswiftc -no-pie
strip -o "$out/crisol" "$out/release/crisol"
dev/check-release.sh "$out/crisol"

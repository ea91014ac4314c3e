#!/usr/bin/env bash
# Compiles and links crisol and the agent for aarch64 on a machine of another kind: dev/check-aarch64.sh SDK
#
# SDK is a Swift SDK for aarch64-unknown-linux-gnu, as `swift sdk list` names it. Its root needs the C libraries of
# dev/prepare.sh and libc.a. Where qemu's user emulation is installed, what was built is started too.
set -euo pipefail
cd "$(dirname "$0")/.."

sdk=${1:?"name a Swift SDK: dev/check-aarch64.sh SDK"}
triple=aarch64-unknown-linux-gnu
out=.build-aarch64

setting() { swift sdk configure --show-configuration "$sdk" "$triple" | sed -n "s/^$1: //p"; }
root=$(setting sdkRootPath)
resources=$(setting swiftResourcesPath)
# This machine's own packages name folders with libraries of its own kind.
export PKG_CONFIG_PATH=$root/usr/lib/aarch64-linux-gnu/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root

swift build --swift-sdk "$sdk" --package-path agent --scratch-path "$out/agent" -c release \
    -Xlinker "-L$resources/embedded/$triple"
swift build --swift-sdk "$sdk" --scratch-path "$out" --product crisol

qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || {
    echo "compiled and linked; nothing was started, because qemu-aarch64 is missing (Debian: qemu-user-static)"
    exit 0
}
emulate() { "$qemu" -L "$root" -E "LD_LIBRARY_PATH=$resources/linux" "$@"; }
built=$out/$triple/debug
[ "$(printf abc | "$qemu" "$out/agent/$triple/release/agent" sha256)" = "$(printf abc | sha256sum | cut -d' ' -f1)" ]
emulate "$built/crisol" --version
emulate "$built/crisol" lint suites/conformance suites/faults

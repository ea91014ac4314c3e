#!/usr/bin/env bash
# Writes runtime.proto from the catalogue and the Swift code from runtime.proto.
# With --check: fails when the committed files are not what would be written.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v protoc >/dev/null || {
    echo "protoc is missing: apt-get install protobuf-compiler" >&2
    exit 2
}
build() { swift build --product "$1" >&2 && echo "$(swift build --show-bin-path)/$1"; }
catalog=$(build catalog-proto)
messages=$(build protoc-gen-swift)
services=$(build protoc-gen-grpc-swift-2)

target=Sources/CRI
[ "${1:-}" = --check ] && target=$(mktemp -d) && trap 'rm -rf "$target"' EXIT
mkdir -p "$target/Proto/runtime/v1" "$target/Generated"
"$catalog" >"$target/Proto/runtime/v1/runtime.proto"
options=Visibility=Public,FileNaming=DropPath,UseAccessLevelOnImports=true
protoc --proto_path="$target/Proto" \
    --plugin=protoc-gen-swift="$messages" --swift_out="$options:$target/Generated" \
    --plugin=protoc-gen-grpc-swift-2="$services" --grpc-swift-2_out="$options,Client=true,Server=true:$target/Generated" \
    runtime/v1/runtime.proto
if [ "$target" != Sources/CRI ]; then
    for folder in Proto Generated; do diff -ru "Sources/CRI/$folder" "$target/$folder"; done
    echo "Sources/CRI is what the catalogue says"
fi

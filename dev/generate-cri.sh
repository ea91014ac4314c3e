#!/usr/bin/env bash
# Writes, from the catalogue: runtime.proto, from that the Swift messages and stubs, and the tests' list of messages.
# With --check: writes nothing, and fails with the difference when the committed files are not what would be written.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v protoc >/dev/null || {
    echo "protoc is missing: apt-get install protobuf-compiler" >&2
    exit 2
}
case "${1:-}" in
"") out=. ;;
--check)
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
    ;;
*)
    echo "usage: $0 [--check]" >&2
    exit 2
    ;;
esac

binaries=$(swift build --show-bin-path)
# The plugins come from pinned packages and cost a minute, the catalogue is ours and may have changed.
swift build --product catalog-proto >&2
for plugin in protoc-gen-swift protoc-gen-grpc-swift-2; do
    [ -x "$binaries/$plugin" ] || swift build --product "$plugin" >&2
done

proto=$out/Sources/CRI/Proto
code=$out/Sources/CRI/Generated
types=$out/Tests/CRICatalogTests/Generated
mkdir -p "$proto/runtime/v1" "$code" "$types"
"$binaries/catalog-proto" >"$proto/runtime/v1/runtime.proto"
options=Visibility=Public,FileNaming=DropPath,UseAccessLevelOnImports=true
protoc --proto_path="$proto" \
    --plugin=protoc-gen-swift="$binaries/protoc-gen-swift" \
    --swift_out="$options:$code" \
    --plugin=protoc-gen-grpc-swift-2="$binaries/protoc-gen-grpc-swift-2" \
    --grpc-swift-2_out="$options,Client=true,Server=true:$code" \
    runtime/v1/runtime.proto
{
    echo "// Made from runtime.proto by dev/generate-cri.sh; do not edit."
    echo "import CRI"
    echo "import SwiftProtobuf"
    echo
    echo "/// The generated type of each message, by its name: Swift cannot list the types of a module."
    echo "let messageTypes: [String: any SwiftProtobuf.Message.Type] = ["
    sed -n 's/^message \([A-Za-z0-9]*\) {$/    "\1": Runtime_V1_\1.self,/p' "$proto/runtime/v1/runtime.proto"
    echo "]"
} >"$types/MessageTypes.swift"

if [ "$out" != . ]; then
    status=0
    for folder in Sources/CRI/Proto Sources/CRI/Generated Tests/CRICatalogTests/Generated; do
        diff -ruN "$folder" "$out/$folder" || status=1
    done
    [ "$status" = 0 ] && echo "the generated files are what the catalogue says"
    exit "$status"
fi

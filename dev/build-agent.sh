#!/usr/bin/env bash
# Builds the static program of the test containers and leaves it at .build-agent/release/agent.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v swift >/dev/null || {
    echo "swift is missing: install the toolchain from swift.org" >&2
    exit 2
}
target=.build-agent/release/agent
if [ -x "$target" ] && [ -z "$(find agent dev/build-agent.sh -newer "$target" -type f -print -quit)" ]; then
    exit 0
fi
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
triple=$(swiftc -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p')
swift build --package-path agent --scratch-path .build-agent -c release \
    -Xlinker "-L$resources/embedded/$triple" >&2
strip "$(swift build --package-path agent --scratch-path .build-agent -c release --show-bin-path)/agent"
touch "$target"

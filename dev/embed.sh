#!/usr/bin/env bash
# Writes the list of files that become part of the program: suites, profiles, schemas and the agent.
set -euo pipefail
cd "$(dirname "$0")/.."

list=.build-agent/embedded/files.inc
mkdir -p "$(dirname "$list")"
new=$(mktemp)
trap 'rm -f "$new"' EXIT
files=(suites/conformance/*.yaml suites/faults/*.yaml suites/profiles/*.yaml suites/schema/*.json)
[ -e .build-agent/release/agent ] && files+=(.build-agent/release/agent)
{
    echo "// Written by dev/embed.sh."
    number=0
    for file in "${files[@]}"; do
        printf 'static const unsigned char file_%s[] = {\n#embed "../../%s"\n};\n' "$number" "$file"
        number=$((number + 1))
    done
    echo "static const struct file files[] = {"
    number=0
    for file in "${files[@]}"; do
        printf '    {"%s", file_%s, sizeof file_%s},\n' "${file#.build-agent/release/}" "$number" "$number"
        number=$((number + 1))
    done
    printf '    {0, 0, 0},\n};\n'
} >"$new"
if ! cmp -s "$new" "$list"; then
    cp "$new" "$list"
    # A compiler that did not find the list before does not look for it again by itself.
    touch Sources/CEmbedded/CEmbedded.c
fi

#!/usr/bin/env bash
# The soundness checks of CI: formatting, layering, suites, scripts. Each line can be run by hand.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
check() { # what, command...
    local what=$1
    shift
    if "$@"; then echo "ok    $what"; else
        echo "FAIL  $what" >&2
        failed=1
    fi
}

sources() { git ls-files '*.swift' | grep -v -E '(^|/)Generated/' || true; }

formatting() { sources | tr '\n' '\0' | xargs -0 swift format lint --strict; }
# Nothing that can end the process may stand where input can reach it.
traps() { ! sources | grep -v -E '^Tests/|^Fuzz/|^Sources/CRICatalog/BrokenBuild.swift' | tr '\n' '\0' |
    xargs -0 grep -nE 'try!|fatalError\(|preconditionFailure\(|@unchecked Sendable|nonisolated\(unsafe\)|Thread\.sleep|usleep\('; }
scripts() { for script in dev/*.sh .ci/run; do bash -n "$script" || return 1; done; }
schemas() { [ ! -x .build/debug/crisol ] || dev/check-schema.sh; }
suites() { [ ! -x .build/debug/crisol ] || .build/debug/crisol lint suites/conformance suites/faults; }

check "formatting" formatting
check "no traps" traps
check "layering" dev/check-layers.sh
check "scripts" scripts
check "suites" suites
check "schemas" schemas
exit "$failed"

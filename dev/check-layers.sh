#!/usr/bin/env bash
# A target may import only targets above it in this list (docs/architecture.md).
set -euo pipefail
cd "$(dirname "$0")/.."

layers=(CZlib CZstd CSeccomp CEmbedded CRICatalog CRI Outcome FaultModel AgentProtocol CRIClient Streaming TestImages CNamespaces HostProbe ManagedRuntime SuiteLanguage
    Runner FaultProxy Report crisol)
failed=0
for folder in Sources/*/; do
    name=$(basename "$folder")
    [ "$name" = catalog-proto ] && continue
    case " ${layers[*]} " in *" $name "*) ;; *)
        echo "Sources/$name is not in the list of layers" >&2
        failed=1
        ;;
    esac
done
seen=()
for layer in "${layers[@]}"; do
    for other in "${layers[@]}"; do
        case " ${seen[*]-} " in *" $other "*) continue ;; esac
        hits=$(grep -rnE "^(public |package |internal |@testable )?import $other\$" "Sources/$layer" --include='*.swift' || true)
        if [ -n "$hits" ]; then
            printf '%s must not import %s:\n%s\n' "$layer" "$other" "$hits" >&2
            failed=1
        fi
    done
    seen+=("$layer")
done
exit "$failed"

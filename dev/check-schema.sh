#!/usr/bin/env bash
# The editors' schemas are what crisol's own tables say, are schemas, and take every suite, profile and fault plan; a
# suite or plan with a mistake they do not take. Needs crisol to be built. With --write: writes the schemas.
set -euo pipefail
cd "$(dirname "$0")/.."

crisol=.build/debug/crisol
for kind in suite profile plan; do
    if [ "${1:-}" = --write ]; then
        "$crisol" schema "$kind" >"suites/schema/$kind.schema.json"
    else
        "$crisol" schema "$kind" | diff -u "suites/schema/$kind.schema.json" - || {
            echo "suites/schema/$kind.schema.json is not what crisol schema prints: dev/check-schema.sh --write" >&2
            exit 1
        }
    fi
done

python=
for candidate in /usr/bin/python3 python3; do
    "$candidate" -c 'import jsonschema, yaml' 2>/dev/null && python=$candidate && break
done
if [ -z "$python" ]; then
    [ "$(id -u)" -eq 0 ] || {
        echo "missing: python3-jsonschema python3-yaml" >&2
        exit 2
    }
    apt-get -q update >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends python3-jsonschema python3-yaml >/dev/null
    python=/usr/bin/python3
fi
"$python" - <<'PYTHON'
import copy, glob, json, sys
import jsonschema, yaml

def validator(name):
    schema = json.load(open(f"suites/schema/{name}.schema.json"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)

failed = 0
for name, folders in {"suite": ["suites/conformance", "Tests/IntegrationTests/Suites"], "profile": ["suites/profiles"], "plan": ["suites/faults"]}.items():
    check = validator(name)
    for path in sorted(p for f in folders for p in glob.glob(f"{f}/*.yaml")):
        # Dates stay text, as crisol reads them.
        document = yaml.load(open(path), Loader=yaml.BaseLoader if name == "profile" else yaml.SafeLoader)
        for error in check.iter_errors(document):
            best = jsonschema.exceptions.best_match([error])
            print(f"{path}: /{'/'.join(map(str, best.absolute_path))}: {best.message[:300]}", file=sys.stderr)
            failed = 1

# What an editor must underline.
check = validator("suite")
good = yaml.safe_load("""
suite: t
title: T
cases:
- id: t.a
  title: T
  level: must
  source: s
  steps:
  - sandbox: pod
  - call: ListContainers
    with: {filter: {podSandboxId: "${pod.id}", state: {state: CONTAINER_RUNNING}}}
    expect: {containers: {count: 0}}
""")
assert check.is_valid(good), list(check.iter_errors(good))[0]
def broken(change):
    document = copy.deepcopy(good)
    change(document["cases"][0])
    return not check.is_valid(document)
mistakes = {
    "an unknown RPC": lambda c: c["steps"][1].update(call="ListContainer"),
    "an unknown request field": lambda c: c["steps"][1]["with"].update(fliter={}),
    "an unknown enum value": lambda c: c["steps"][1]["with"]["filter"]["state"].update(state="RUNNING"),
    "an unknown matcher": lambda c: c["steps"][1]["expect"].update(containers={"cuont": 0}),
    "a modifier of another kind": lambda c: c["steps"][0].update(deadline="3s"),
    "an unknown level": lambda c: c.update(level="shall"),
    "no steps": lambda c: c.pop("steps"),
    "an unknown key": lambda c: c.update(stpes=[]),
}
for what, change in mistakes.items():
    if not broken(change):
        print(f"the schema takes {what}", file=sys.stderr)
        failed = 1

check = validator("plan")
good = yaml.safe_load("""
plan: t
parameters: {pod: {default: "*", about: whose}}
rules:
- id: a
  match: {method: [RunPodSandbox, "Stop*"], pod: "${pod}", labels: {app: web}, scope: node}
  fault: {lose-response: {code: UNAVAILABLE, message: gone}}
  when: {calls: 1..9+2, count-by: rule, probability: 20%, window: {start: 5s, length: 1m, period: 2m}}
  ttl: 10m
  budget: {in-flight: 1, total: 3}
  dry-run: true
- id: b
  match: {method: Status, scope: node}
  faults: {bad: {mutate: {response: [{set: a, to: b}]}}, slow: {delay: 3s}}
  fault: 1*bad->2*slow
""")
assert check.is_valid(good), list(check.iter_errors(good))[0]
mistakes = {
    "an unknown RPC": lambda r: r["match"].update(method="RunPodSandbx"),
    "an unknown criterion": lambda r: r["match"].update(pods="x"),
    "an unknown scope": lambda r: r["match"].update(scope="pod"),
    "an unknown fault": lambda r: r.update(fault={"lose-respose": None}),
    "two faults": lambda r: r.update(fault={"hang": None, "late": None}),
    "an unknown parameter": lambda r: r.update(fault={"error": {"cod": "UNKNOWN"}}),
    "an unknown code": lambda r: r.update(fault={"error": "UNKNWON"}),
    "an unknown change": lambda r: r.update(fault={"mutate": {"response": [{"sett": "a", "to": 1}]}}),
    "a change without its value": lambda r: r.update(fault={"mutate": {"response": [{"set": "a"}]}}),
    "a duration without unit": lambda r: r.update(ttl="10"),
    "an unknown key": lambda r: r.update(whne={}),
    "no fault": lambda r: r.pop("fault"),
}
for what, change in mistakes.items():
    document = copy.deepcopy(good)
    change(document["rules"][0])
    if check.is_valid(document):
        print(f"the schema takes {what} in a plan", file=sys.stderr)
        failed = 1
sys.exit(failed)
PYTHON

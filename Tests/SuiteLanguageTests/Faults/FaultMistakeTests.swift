import FaultModel
import SuiteLanguage
import Testing

/// What lint must find in a plan, where, and what it says to do.
@Suite struct FaultMistakeTests {
    @Test(
        "A mistake in a rule is named",
        arguments: [
            ("{match: {method: StopPodSandbox}, fault: hang}", "needs 'id'"),
            ("{id: a b, match: {method: StopPodSandbox}, fault: hang}", "letters, digits"),
            ("{id: a, match: {method: StopPodSandbox}}", "needs 'fault'"),
            ("{id: a, mtach: {method: StopPodSandbox}, fault: hang}", "match"),
            ("{id: a, match: {methd: StopPodSandbox}, fault: hang}", "method"),
            ("{id: a, match: {method: StopPodSandbx}, fault: hang}", "StopPodSandbox"),
            ("{id: a, match: {method: \"Stop*Sandbx\"}, fault: hang}", "no RPC"),
            ("{id: a, match: {service: RuntimeServce, method: StopPodSandbox}, fault: hang}", "RuntimeService"),
            ("{id: a, match: {service: ImageService, method: StopPodSandbox}, fault: hang}", "RuntimeService's"),
            ("{id: a, match: {connection: image, method: StopPodSandbox}, fault: hang}", "RuntimeService's"),
            ("{id: a, match: {connection: imge, method: PullImage}, fault: hang}", "image"),
            ("{id: a, match: {method: StopPodSandbox, scope: pod}, fault: hang}", "scope is node"),
            ("{id: a, match: {method: StopPodSandbox, pod: null}, fault: hang}", "pod is text"),
            ("{id: a, match: {method: StopPodSandbox, pod: []}, fault: hang}", "empty list"),
            ("{id: a, match: {method: StopPodSandbox, labels: app}, fault: hang}", "mapping"),
            // What nothing protects must be said.
            ("{id: a, match: {method: ListContainers}, fault: hang}", "scope: node"),
            ("{id: a, match: {method: \"List*\"}, fault: hang}", "scope: node"),
            ("{id: a, match: {method: [StopPodSandbox, Status]}, fault: hang}", "scope: node"),
            ("{id: a, match: {method: GetContainerEvents}, fault: {stream: swallow}}", "scope: node"),
            ("{id: a, match: {}, fault: refuse}", "scope: node"),
            ("{id: a, match: {connection: runtime}, fault: drop}", "scope: node"),
            ("{id: a, match: {}, fault: hang}", "method"),
            // What never happens must not look like a runtime that copes.
            ("{id: a, match: {method: ListContainers, pod: web, scope: node}, fault: hang}", "'pod' never holds"),
            ("{id: a, match: {method: StopPodSandbox, container: c}, fault: hang}", "'container' never holds"),
            ("{id: a, match: {method: StopPodSandbox, image: i}, fault: hang}", "'image' never holds"),
            ("{id: a, match: {method: RunPodSandbox, request: {config.hostnam: x}}, fault: hang}", "hostname"),
            (
                "{id: a, match: {method: ListPodSandbox, scope: node, request: {filter.state.state: SANDBOX_REDY}}, fault: hang}",
                "SANDBOX_READY"
            ),
            ("{id: a, match: {method: StopContainer, request: {timeout: 5s}}, fault: hang}", "in digits"),
            ("{id: a, match: {method: RunPodSandbox}, fault: refuse}", "new connections"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {stream: swallow}}", "no server stream"),
            ("{id: a, match: {method: \"*Containers\", scope: node}, fault: {stream: swallow}}", "ListContainers"),
            ("{id: a, match: {method: StreamContainers, scope: node}, fault: {stale: 3s}}", "server stream"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {bytes: {after: 1, effect: stall}}}", "no session"),
            ("{id: a, match: {method: \"Exec*\"}, fault: {bytes: {after: 1, effect: stall}}}", "ExecSync"),
            ("{id: a, match: {method: RunPodSandbox}, fault: off}", "does nothing"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, when: {probability: 0%}}", "probability"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, when: {probability: 120%}}", "probability"),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: hang, ttl: 1m, when: {window: {start: 2m}}}",
                "longer 'ttl'"
            ),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, ttl: 25h}", "24h"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, ttl: 0s}", "duration"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, ttl: 30}", "duration"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, budget: {total: 0}}", "from 1"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, budget: {totl: 1}}", "total"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, when: {calls: 0}}", "from 1"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, when: {calls: 5..2}}", "from 1"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, when: {nth: 1}}", "no key 'nth'"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, when: {count-by: pod}}", "count-by"),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: hang, when: {window: {length: 3s, period: 2s}}}",
                "longer than length"
            ),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: hang, when: {window: {period: 2s}}}",
                "goes with a length"
            ),
            // Faults and their parameters.
            ("{id: a, match: {method: RunPodSandbox}, fault: {eror: UNKNOWN}}", "error"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {error: UNKNWON}}", "UNKNOWN"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {error: OK}}", "no-op"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {error: {message: x}}}", "needs its code"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {error: {cod: UNKNOWN}}}", "code"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {error: UNKNOWN, hang: null}}", "one fault"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {late: 3s}}", "no parameters"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {delay: null}}", "needs"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {delay: 3}}", "duration"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {delay: 2h}}", "'hang'"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {delay: {for: 1s, uniform: [1s, 2s]}}}", "one length"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {delay: {uniform: [2s, 1s]}}}", "first"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {delay: {lognormal: {median: 2s, p99: 1s}}}}", "p99"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {hang: later}}", "before, after"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {reset: CANCELLED}}", "CANCEL"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {cancel: {after: 1s, at: request-sent}}}", "one moment"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {cancel: {client: hang}}}", "moment"),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: {lose-response: {code: UNKNOWN, reset: CANCEL}}}",
                "one thing"
            ),
            ("{id: a, match: {method: RunPodSandbox}, fault: {no-op: {answer: {podSandboxID: x}}}}", "podSandboxId"),
            ("{id: a, match: {method: \"*PodSandbox\"}, fault: {no-op: {answer: {podSandboxId: x}}}}", "one method"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {bandwidth: 0}}", "at least one byte"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: []}}}", "a list"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {mutate: {both: [{clear: x}]}}}", "mutate"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: [{claer: x}]}}}", "clear"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: [{set: podSandboxId}]}}}", "'to'"),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: [{set: podSandboxI, to: x}]}}}",
                "podSandboxId"
            ),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: [{set: podSandboxId, to: [x]}]}}}",
                "text"
            ),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: [{set: podSandboxId, to: null}]}}}",
                "clear"
            ),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: [{scale: podSandboxId, by: 2}]}}}",
                "no number"
            ),
            ("{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: [{drop: podSandboxId}]}}}", "no list"),
            (
                "{id: a, match: {method: PodSandboxStatus}, fault: {mutate: {response: [{set: status.state, to: SANDBOX_NOTRDY}]}}}",
                "SANDBOX_NOTREADY"
            ),
            (
                "{id: a, match: {method: [RunPodSandbox, StopPodSandbox]}, fault: {mutate: {response: [{clear: podSandboxId}]}}}",
                "StopPodSandboxResponse"
            ),
            (
                "{id: a, match: {method: RunPodSandbox}, fault: {mutate: {response: [{pad: podSandboxId, bytes: 65MiB}]}}}",
                "64MiB"
            ),
            ("{id: a, match: {method: GetContainerEvents, scope: node}, fault: {stream: hold}}", "needs 'for'"),
            (
                "{id: a, match: {method: GetContainerEvents, scope: node}, fault: {stream: {effect: swallow, times: 2}}}",
                "does not go with"
            ),
            ("{id: a, match: {method: RunPodSandbox}, fault: 2*eror}", "error"),
            ("{id: a, match: {method: RunPodSandbox}, fault: 2*busy, faults: {bsy: {error: UNKNOWN}}}", "bsy"),
            ("{id: a, match: {method: RunPodSandbox}, fault: hang, faults: {busy: {error: UNKNOWN}}}", "does not name"),
            ("{id: a, match: {method: RunPodSandbox}, fault: {hang: null}, faults: {busy: hang}}", "for a sequence"),
            ("{id: a, match: {method: RunPodSandbox}, fault: \"${x}\"}", "no parameter 'x'"),
            // Services that are not the CRI's.
            ("{id: a, match: {service: runtime.v1alpha2.RuntimeService}, fault: hang}", "scope: node"),
            (
                "{id: a, match: {service: runtime.v1alpha2.RuntimeService, scope: node}, fault: {stale: 3s}}",
                "not the CRI's"
            ),
            ("- id", "a mapping"), ("*x", "aliases"), ("{id: a", "does not parse"),
        ]
    )
    func rule(_ text: String, _ hint: String) {
        let (rule, diagnostics) = FaultPlanReader().readRule(text: text, file: "r.yaml")
        #expect(rule == nil)
        #expect(diagnostics.contains { $0.message.contains(hint) }, "\(diagnostics)")
    }

    @Test("A mistake stands where it was made")
    func position() {
        let text = """
            plan: p
            rules:
            - id: a
              match: {method: RunPodSandbox}
              fault: {error: UNKNOWN}
            - id: b
              match:
                method:
                - StopPodSandbox
                - StopContainr
              fault:
                delay:
                  fro: 3s
            """
        let found = FaultPlanReader().read(text: text, file: "p.yaml").diagnostics.map(\.description)
        #expect(
            found == [
                "p.yaml:10:7: error: the CRI has no RPC 'StopContainr' (did you mean StopContainer?)",
                "p.yaml:13:7: error: the fault 'delay' has no key 'fro' (did you mean for?)",
            ]
        )
    }

    @Test(
        "A mistake in a plan is named",
        arguments: [
            ("plan: p", "needs 'rules'"), ("plan: p\nrules: []", "at least one rule"),
            ("plan: P x\nrules: [\(good)]", "lower-case"), ("plan: p\nruels: []\nrules: [\(good)]", "rules"),
            ("rules: [\(good), \(good)]", "also that of the rule at p.yaml:1:14"),
            ("seed: -1\nrules: [\(good)]", "seed"), ("seed: x\nrules: [\(good)]", "seed"),
            ("protect: {namespace: [a]}\nrules: [\(good)]", "namespaces"),
            ("protect: {static-pods: maybe}\nrules: [\(good)]", "true or false"),
            ("expect: {kubelt: x}\nrules: [\(good)]", "kubelet"),
            ("parameters: {pod: {default: a, about: b}}\nrules: [\(good)]", "no rule uses"),
            ("parameters: {pod: x}\nrules: [\(good)]", "default and about"),
            ("parameters: {Pod: {default: a, about: b}}\nrules: [\(good)]", "lower-case"),
            ("parameters: {pod: {default: a}}\nrules: [\(good)]", "'about'"),
            (
                "parameters: {pod: {default: a, about: b}}\nrules: [{id: a, match: {method: StopPodSandbox, pod: \"${pdo}\"}, fault: hang}]",
                "did you mean pod?"
            ),
        ]
    )
    func plan(_ text: String, _ hint: String) {
        let (plan, diagnostics) = FaultPlanReader().read(text: text, file: "p.yaml")
        #expect(plan == nil)
        #expect(diagnostics.contains { $0.message.contains(hint) }, "\(diagnostics)")
    }

    @Test("More rules than can be in force are refused")
    func tooMany() {
        let rules = (0...RuleEngine.ruleLimit).map {
            "- {id: r\($0), match: {method: StopPodSandbox}, fault: hang}"
        }
        let text = "rules:\n" + rules.joined(separator: "\n")
        let found = FaultPlanReader().read(text: text, file: "p.yaml").diagnostics.map(\.message)
        #expect(found == ["a plan has up to \(RuleEngine.ruleLimit) rules, this one \(RuleEngine.ruleLimit + 1)"])
    }

    private static let good = "{id: a, match: {method: StopPodSandbox}, fault: hang}"
}

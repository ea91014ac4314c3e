internal import FaultModel

/// Metrics in Prometheus' text format.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
struct MetricsText {
    private(set) var text = ""

    init(_ snapshot: RelayMetrics.Snapshot, rules: [RuleReport], connections: Int, ledger: LedgerReport?) {
        header("crisol_proxy_connections", "gauge", "Client connections.")
        sample("crisol_proxy_connections", [], connections)
        if let ledger {
            header("crisol_proxy_ledger_lines_total", "counter", "Lines that are in the ledger.")
            sample("crisol_proxy_ledger_lines_total", [], ledger.written)
            header("crisol_proxy_ledger_dropped_total", "counter", "Lines that are not in the ledger, by why.")
            sample("crisol_proxy_ledger_dropped_total", [("reason", "too-slow")], ledger.dropped)
            sample("crisol_proxy_ledger_dropped_total", [("reason", "not-writable")], ledger.failed)
        }
        writeCalls(snapshot)
        writeRules(rules)
    }

    private mutating func writeCalls(_ snapshot: RelayMetrics.Snapshot) {
        let methods = snapshot.methods.sorted { $0.key < $1.key }
        header("crisol_proxy_calls_total", "counter", "Calls, by how they ended for the client.")
        for (path, method) in methods {
            for (ending, count) in method.endings.sorted(by: { $0.key < $1.key }) {
                sample("crisol_proxy_calls_total", [("method", path), ("ending", ending)], count)
            }
        }
        let name = "crisol_proxy_call_seconds"
        header(name, "histogram", "How long calls took; injected tells whether a fault was on them.")
        for (path, method) in methods {
            write(method.plain, name, [("method", path), ("injected", "no")])
            write(method.injected, name, [("method", path), ("injected", "yes")])
        }
        header("crisol_proxy_notes_total", "counter", "Calls that a fault could not be put on, by why.")
        for (note, count) in snapshot.notes.sorted(by: { $0.key < $1.key }) {
            sample("crisol_proxy_notes_total", [("note", note)], count)
        }
    }

    private mutating func write(_ histogram: RelayMetrics.Histogram, _ name: String, _ labels: [(String, String)]) {
        guard histogram.count > 0 else { return }
        var total = 0
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let isLast = index == RelayMetrics.buckets.count
            let bound = isLast ? "+Inf" : "\(RelayMetrics.buckets[index])"
            sample(name + "_bucket", labels + [("le", bound)], total)
        }
        text += "\(name)_sum\(Self.list(labels)) \(histogram.sum)\n"
        sample(name + "_count", labels, total)
    }

    private mutating func writeRules(_ rules: [RuleReport]) {
        let counters: [(String, String, String, (RuleReport) -> Int)] = [
            ("crisol_proxy_rule_live", "gauge", "Whether a rule is in force.", { $0.isLive ? 1 : 0 }),
            (
                "crisol_proxy_rule_remaining_seconds", "gauge", "How long a rule is still in force.",
                { Int($0.remaining.components.seconds) }
            ),
            ("crisol_proxy_rule_matched_total", "counter", "Calls a rule matched.", \.matched),
            ("crisol_proxy_rule_acted_total", "counter", "Calls a rule acted on.", \.acted),
            ("crisol_proxy_rule_in_flight", "gauge", "Calls a rule is acting on.", \.inFlight),
        ]
        for (name, kind, help, value) in counters where !rules.isEmpty {
            header(name, kind, help)
            for rule in rules { sample(name, [("rule", rule.rule)], value(rule)) }
        }
        guard !rules.isEmpty else { return }
        header("crisol_proxy_rule_refused_total", "counter", "Calls a rule left alone, by why.")
        for rule in rules {
            for (reason, count) in rule.refusals.sorted(by: { $0.key < $1.key }) {
                sample("crisol_proxy_rule_refused_total", [("rule", rule.rule), ("reason", reason)], count)
            }
        }
    }

    private mutating func header(_ name: String, _ kind: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int) {
        text += "\(name)\(Self.list(labels)) \(value)\n"
    }

    private static func list(_ labels: [(String, String)]) -> String {
        labels.isEmpty ? "" : "{" + labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }
}

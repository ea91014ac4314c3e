extension KubeletReport {
    /// The report for people: latencies by method, cadences by trigger, and what is wrong.
    public func text() -> String {
        let names = methods.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        var rows = [["method", "calls", "p50", "p90", "p99", "max", "errors"]]
        for (name, tally) in names {
            var errors = Self.counts(tally.errors)
            let tolerated = Self.counts(tally.tolerated)
            if !tolerated.isEmpty { errors += (errors.isEmpty ? "" : "; ") + "as kubelet bears: \(tolerated)" }
            rows.append(
                [name, "\(tally.count)"]
                    + [50, 90, 99, 100].map { tally.count == 0 ? "-" : Self.time(tally.microseconds($0)) }
                    + [errors]
            )
        }
        var cadenceRows = [["trigger", "runs", "waits", "interval", "longest", "busy"]]
        for trigger in KubeletTrigger.allCases {
            guard let cadence = cadences[trigger] else { continue }
            cadenceRows.append([
                trigger.rawValue, "\(cadence.count)", "\(cadence.period.secondsText) s",
                cadence.interval.map { "\($0.secondsText) s" } ?? "-",
                cadence.longest > .zero ? "\(cadence.longest.secondsText) s" : "-",
                "\(Int((cadence.busy.inSeconds / max(elapsed.inSeconds, 0.001) * 100).rounded())) %",
            ])
        }
        var text = Self.table(rows) + "\n" + Self.table(cadenceRows)
        if let events { text += "\n\(events) container events came\n" }
        return text
    }

    private static func counts(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private static func time(_ microseconds: Double) -> String {
        switch microseconds {
        case ..<1000: "\(Int(microseconds.rounded())) us"
        case ..<1_000_000: "\(Int(microseconds / 1000)).\(Int(microseconds / 100) % 10) ms"
        default: "\(Int(microseconds / 1_000_000)).\(Int(microseconds / 100_000) % 10) s"
        }
    }

    private static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                // Numbers stand right.
                line += column == 0 || column == row.count - 1 ? cell + padding : padding + cell
                line += "  "
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

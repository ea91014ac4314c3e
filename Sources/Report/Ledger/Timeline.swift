/// The geometry of the timeline: a row of bars for all calls and one for each method that rules touched.
///
/// Heights are relative to the row's own highest bar, which the row's label tells.
struct Timeline {
    /// More methods than these are counted and not drawn.
    static let rowLimit = 20

    struct Bar { let x, y, width, height, kind, title: String }
    struct Tick { let x, label: String }
    struct Row {
        let label, detail, labelY, detailY, baseY: String
        let bars: [Bar]
    }

    private static let left = 200.0
    private static let span = 760.0
    private static let rowHeight = 44.0
    private static let barHeight = 32.0

    let width = "1000"
    let height: String
    let axisY, tickTop: String
    let rows: [Row]
    let ticks: [Tick]
    let binText: String
    /// What is not drawn.
    let missing: String?

    init(_ summary: LedgerSummary) {
        let bins = summary.bins
        let touched = summary.methods.filter { $0.value.touched > 0 }
            .sorted { ($1.value.touched, $0.key) < ($0.value.touched, $1.key) }
        var sources = [("All calls", summary.all)]
        sources += touched.prefix(Self.rowLimit).map { ($0.key, $0.value.bins) }
        let counts = sources.map { ($0.0, $0.1.counts(width: bins.width)) }
        rows = counts.enumerated().map { Self.row($1.0, $1.1, bins, index: $0, isAll: $0 == 0) }
        let bottom = Double(rows.count) * Self.rowHeight + 8
        axisY = Self.text(bottom)
        tickTop = Self.text(bottom + 5)
        height = Self.text(bottom + 30)
        ticks = Self.ticks(bins)
        binText = Duration.milliseconds(bins.width).shortText
        let more = touched.count - Self.rowLimit
        missing = more > 0 ? "\(more) more touched \(more == 1 ? "method is" : "methods are") in the table only." : nil
    }

    private static func row(
        _ name: String,
        _ counts: [Int64: TimeBins.Counts],
        _ bins: TimeBins,
        index: Int,
        isAll: Bool
    ) -> Row {
        let base = Double(index + 1) * rowHeight
        // Untouched calls of a method would drown the touched ones; they are in the first row.
        let heights = counts.mapValues { isAll ? $0.plain + $0.survived + $0.failed : $0.survived + $0.failed }
        let most = max(1, heights.values.max() ?? 1)
        let step = span / Double(bins.last - bins.first + 1)
        var bars: [Bar] = []
        for bin in counts.keys.sorted() {
            guard let count = counts[bin] else { continue }
            let from = Duration.milliseconds((bin - bins.first) * bins.width).shortText
            var y = base
            let parts = [("failed", count.failed), ("survived", count.survived), ("plain", isAll ? count.plain : 0)]
            for (kind, number) in parts where number > 0 {
                let height = max(1, barHeight * Double(number) / Double(most))
                y -= height
                let words = ["failed": "touched, not OK", "survived": "touched, OK", "plain": "untouched"]
                bars.append(
                    Bar(
                        x: text(left + Double(bin - bins.first) * step),
                        y: text(y),
                        width: text(max(1, step - 0.5)),
                        height: text(height),
                        kind: kind,
                        title: "+\(from): \(number) \(words[kind] ?? kind)"
                    )
                )
            }
        }
        let total = heights.values.reduce(0, +)
        return Row(
            label: name.count > 28 ? name.prefix(27) + "…" : name,
            detail: isAll ? "\(total), at most \(most) a bar" : "\(total) touched, at most \(most) a bar",
            labelY: text(base - 18),
            detailY: text(base - 4),
            baseY: text(base),
            bars: bars
        )
    }

    private static func ticks(_ bins: TimeBins) -> [Tick] {
        let count = bins.last - bins.first + 1
        return (0...4).map { part in
            let label = Duration.milliseconds(count * bins.width * Int64(part) / 4).shortText
            return Tick(x: text(left + span * Double(part) / 4), label: "+\(label)")
        }
    }

    private static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

extension Duration {
    /// `512 ms`, `2.05 s`, `3 min 20 s`, `2 h 5 min`.
    var shortText: String {
        let (seconds, attoseconds) = components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        switch milliseconds {
        case ..<1000: return "\(milliseconds) ms"
        case ..<60_000: return "\(Text.seconds(Double(milliseconds) / 1000)) s"
        case ..<3_600_000: return "\(milliseconds / 60_000) min \(milliseconds / 1000 % 60) s"
        default: return "\(milliseconds / 3_600_000) h \(milliseconds / 60_000 % 60) min"
        }
    }
}

internal import FaultModel
internal import Synchronization

/// Counts of calls, and how long they took, by method.
///
/// Methods come from outside: of more than ``methodLimit`` different ones the rest count together.
final class RelayMetrics: Sendable {
    static let methodLimit = 256
    /// In seconds.
    static let buckets: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 240,
    ]

    struct Histogram: Sendable {
        var counts = Array(repeating: 0, count: RelayMetrics.buckets.count + 1)
        var sum = 0.0

        mutating func add(_ seconds: Double) {
            counts[RelayMetrics.buckets.firstIndex { seconds <= $0 } ?? RelayMetrics.buckets.count] += 1
            sum += seconds
        }

        var count: Int { counts.reduce(0, +) }
    }

    struct Method: Sendable {
        /// Calls that nothing happened to, and calls that something did.
        var plain = Histogram()
        var injected = Histogram()
        private var endingCounts = Array(repeating: 0, count: CallRecord.Ending.classes.count)

        mutating func count(_ ending: CallRecord.Ending) { endingCounts[ending.classIndex] += 1 }

        /// How calls ended, by what the ledger would say.
        var endings: [String: Int] {
            var counts: [String: Int] = [:]
            for (name, count) in zip(CallRecord.Ending.classes, endingCounts) where count > 0 { counts[name] = count }
            return counts
        }
    }

    /// A path, hashed at one go: byte by byte, as arrays do it, takes longer than all else that is counted.
    private struct Path: Hashable {
        let bytes: [UInt8]

        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    struct Snapshot: Sendable {
        var methods: [String: Method]
        var notes: [String: Int]
    }

    private struct State {
        var methods: [Path: Method] = [:]
        var other = Method()
        var notes: [String: Int] = [:]
    }

    private let state = Mutex(State())

    func count(_ record: CallRecord) {
        let seconds = Double(record.ended &- record.began) / 1e9
        let isInjected = record.decisions.contains { !$0.isDryRun }
        let path = Path(bytes: record.path)
        state.withLock { state in
            if let note = record.note { state.notes[note.rawValue, default: 0] += 1 }
            // Only a method that is new is looked up twice.
            if let index = state.methods.index(forKey: path) {
                Self.count(record, seconds, isInjected, &state.methods.values[index])
            } else if state.methods.count >= Self.methodLimit {
                Self.count(record, seconds, isInjected, &state.other)
            } else {
                Self.count(record, seconds, isInjected, &state.methods[path, default: Method()])
            }
        }
    }

    private static func count(_ record: CallRecord, _ seconds: Double, _ isInjected: Bool, _ method: inout Method) {
        if isInjected { method.injected.add(seconds) } else { method.plain.add(seconds) }
        method.count(record.ending)
    }

    var snapshot: Snapshot {
        state.withLock { state in
            var methods: [String: Method] = [:]
            for (path, method) in state.methods { methods[String(decoding: path.bytes, as: UTF8.self)] = method }
            if state.other.plain.count + state.other.injected.count > 0 { methods["other"] = state.other }
            return Snapshot(methods: methods, notes: state.notes)
        }
    }
}

extension CallRecord.Ending {
    /// The names of the classes endings are counted in: few, whatever peers send.
    static let classes = (0...16).map { "status-\($0)" } + ["status-other", "client-reset", "reset", "lost"]

    /// Where in ``classes`` it belongs.
    var classIndex: Int {
        switch self {
        case .answered(let status?) where (0...16).contains(status): status
        case .answered: 17
        case .clientReset: 18
        case .runtimeReset: 19
        case .lost: 20
        }
    }
}

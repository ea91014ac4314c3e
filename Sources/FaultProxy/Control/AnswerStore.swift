internal import FaultModel

/// Answers that calls got, for the fault that gives them again.
///
/// Bounded: ``perKey`` answers for one key, ``byteLimit`` bytes in all; the oldest go first.
struct AnswerStore {
    static let perKey = 8
    static let byteLimit = 64 << 20

    private struct Entry {
        let time: UInt64
        let key: CallKey
        let answer: [UInt8]
    }

    /// Oldest first.
    private var entries: [Entry] = []
    private(set) var bytes = 0

    mutating func record(_ answer: [UInt8], for key: CallKey, at now: UInt64) {
        guard answer.count <= Self.byteLimit / 2 else { return }
        entries.append(Entry(time: now, key: key, answer: answer))
        bytes += answer.count + 256
        let same = entries.indices.filter { entries[$0].key == key }
        if same.count > Self.perKey { remove(same[0]) }
        while bytes > Self.byteLimit, !entries.isEmpty { remove(0) }
    }

    /// The newest answer that is at least this old.
    func answer(for key: CallKey, olderThan age: Duration, at now: UInt64) -> [UInt8]? {
        let age = age.nanosecondsClamped
        return entries.last { $0.key == key && $0.time + age <= now }?.answer
    }

    mutating func removeAll() {
        entries = []
        bytes = 0
    }

    private mutating func remove(_ index: Int) { bytes -= entries.remove(at: index).answer.count + 256 }
}

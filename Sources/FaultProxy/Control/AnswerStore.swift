internal import FaultModel

/// Answers that calls got, for the fault that gives them again.
///
/// Bounded: ``perRequest`` answers to one request, ``byteLimit`` bytes in all. Which of one request's answers stay
/// depends on how old they are, so that there is one of about every age however often it is asked: a list that comes each
/// second has answers half a minute old, and ten minutes old.
struct AnswerStore {
    static let perRequest = 24
    static let byteLimit = 64 << 20
    /// Older ones are of no use to anybody, in nanoseconds.
    static let longest: UInt64 = 3_600_000_000_000

    /// One request of one object; two lists with different filters have nothing in common.
    private struct Question: Hashable {
        let key: CallKey
        let request: [UInt8]
    }

    private struct Entry {
        let time: UInt64
        let question: Question
        let answer: [UInt8]
        var bytes: Int { answer.count + question.request.count + 256 }
    }

    /// Oldest first.
    private var entries: [Entry] = []
    private(set) var bytes = 0

    mutating func record(_ answer: [UInt8], for key: CallKey, request: [UInt8] = [], at now: UInt64) {
        guard answer.count + request.count <= Self.byteLimit / 2 else { return }
        let entry = Entry(time: now, question: Question(key: key, request: request), answer: answer)
        entries.append(entry)
        bytes += entry.bytes
        thin(entry.question, at: now)
        while bytes > Self.byteLimit, !entries.isEmpty { remove(0) }
    }

    /// The newest answer to this request that is at least this old.
    func answer(for key: CallKey, request: [UInt8] = [], olderThan age: Duration, at now: UInt64) -> [UInt8]? {
        let age = age.nanosecondsClamped
        let question = Question(key: key, request: request)
        return entries.last { $0.time + age <= now && $0.question == question }?.answer
    }

    mutating func removeAll() {
        entries = []
        bytes = 0
    }

    /// Of too many answers to one request, takes away the one whose neighbours are nearest to each other, measured by how
    /// old they are.
    private mutating func thin(_ question: Question, at now: UInt64) {
        let same = entries.indices.filter { entries[$0].question == question }
        guard same.count > Self.perRequest else { return }
        if now - entries[same[0]].time > Self.longest { return remove(same[0]) }
        func gap(_ place: Int) -> Double {
            let (before, after) = (entries[same[place - 1]].time, entries[same[place + 1]].time)
            return Double(after - before) / Double(max(1, now - before))
        }
        let inner = 1..<(same.count - 1)
        if let place = inner.min(by: { gap($0) < gap($1) }) { remove(same[place]) }
    }

    private mutating func remove(_ index: Int) { bytes -= entries.remove(at: index).bytes }
}

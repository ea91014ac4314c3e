/// The times a link has to be called back at, earliest first.
///
/// A timer that is set again leaves its old entry behind, which is dropped when it comes up, or when such entries are
/// the greater part of the queue: memory is bounded by the timers that are set.
struct TimerQueue {
    /// What a timer is for.
    struct Key: Hashable {
        enum Kind: UInt8 {
            /// What a fault waits for.
            case fault
            /// The end of the rule behind it.
            case rule
            /// The end of the rule behind its bandwidth.
            case bandwidthRule
            /// More bytes may go in the direction of the request, or of the response.
            case requestBandwidth, responseBandwidth
            /// A call's headers have waited long enough for its message.
            case opening
        }

        let stream: UInt32
        let kind: Kind
    }

    private struct Entry {
        let time: UInt64
        let key: Key
        let turn: UInt64
    }

    private var heap: [Entry] = []
    private var turns: [Key: UInt64] = [:]
    private var turn: UInt64 = 0

    /// How many entries it keeps.
    var size: Int { heap.count }

    /// The earliest time; it may be one that was given up meanwhile.
    var next: UInt64? { heap.first?.time }

    mutating func set(_ key: Key, at time: UInt64) {
        turn &+= 1
        turns[key] = turn
        heap.append(Entry(time: time, key: key, turn: turn))
        rise(heap.count - 1)
        if heap.count > 64, heap.count > 4 * turns.count { compact() }
    }

    mutating func cancel(_ key: Key) { turns[key] = nil }

    mutating func cancelAll(of stream: UInt32) {
        for kind: Key.Kind in [.fault, .rule, .bandwidthRule, .requestBandwidth, .responseBandwidth, .opening] {
            turns[Key(stream: stream, kind: kind)] = nil
        }
    }

    /// Takes out the earliest timer whose time has come.
    mutating func takeDue(at now: UInt64) -> Key? {
        while let first = heap.first {
            let isStale = turns[first.key] != first.turn
            guard isStale || first.time <= now else { return nil }
            removeFirst()
            guard !isStale else { continue }
            turns[first.key] = nil
            return first.key
        }
        return nil
    }

    private mutating func compact() {
        let live = heap.filter { turns[$0.key] == $0.turn }
        heap.removeAll(keepingCapacity: false)
        for entry in live {
            heap.append(entry)
            rise(heap.count - 1)
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            let children = [2 * index + 1, 2 * index + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].time < heap[$1].time }),
                heap[least].time < heap[index].time
            else { return }
            heap.swapAt(index, least)
            index = least
        }
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, heap[index].time < heap[(index - 1) / 2].time {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }
}

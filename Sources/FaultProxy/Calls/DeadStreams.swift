/// Streams that are over although one of their ends may still speak of them: what comes for these goes nowhere
/// (relay-contract 7).
///
/// The last ``limit`` are remembered. Who still speaks of an older one has had the time of thousands of calls to hear
/// that it is over.
struct DeadStreams {
    static let limit = 4096

    private var streams: Set<UInt32> = []
    private var order: [UInt32] = []
    private var oldest = 0

    var isEmpty: Bool { streams.isEmpty }

    func contains(_ stream: UInt32) -> Bool { streams.contains(stream) }

    mutating func insert(_ stream: UInt32) {
        guard streams.insert(stream).inserted else { return }
        if order.count < Self.limit {
            order.append(stream)
        } else {
            streams.remove(order[oldest])
            order[oldest] = stream
            oldest = (oldest + 1) % Self.limit
        }
    }
}

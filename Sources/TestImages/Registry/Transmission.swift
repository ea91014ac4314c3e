import NIOCore

/// Where and how fast the sending of a body goes otherwise than it should.
struct TransmissionPlan: Sendable, Equatable {
    /// The bytes after which it stops.
    var stallAfter: Int?
    /// The bytes after which the connection is closed.
    var cutAfter: Int?
    /// Bytes a second, at least 1.
    var rate: Int?
}

/// The sending of one body: what to do next, without doing it.
struct Transmission: Sendable {
    /// What to do next.
    enum Step: Sendable, Equatable {
        /// Send these bytes, then wait before the next step.
        case send(ByteBuffer, pause: TimeAmount?)
        /// Send nothing more until the plan changes.
        case stall
        /// Close the connection.
        case cut
        /// Everything is sent.
        case end
    }

    /// The most bytes that are on their way at once: a slow reader costs no more memory than that.
    static let chunk = 256 << 10
    /// Pieces a second when a rate is set.
    private static let piecesPerSecond = 20

    let body: RegistryBody
    var plan: TransmissionPlan
    private let chunk: Int
    /// The bytes given out to be sent.
    private(set) var given = 0

    /// Whether all bytes have been given out.
    var isGiven: Bool { given >= body.count }

    init(_ body: RegistryBody, _ plan: TransmissionPlan, chunk: Int = Transmission.chunk) {
        self.body = body
        self.chunk = max(1, chunk)
        self.plan = plan
    }

    /// Decides the next step.
    mutating func next() -> Step {
        guard !isGiven else { return .end }
        // One byte stays behind, so that what should not arrive whole does not.
        let limits = [plan.cutAfter, plan.stallAfter].map { $0.map { min(max(0, $0), body.count - 1) } }
        if let cut = limits[0], cut <= given { return .cut }
        if let stall = limits[1], stall <= given { return .stall }
        let room = limits.compactMap(\.self).reduce(body.count, min) - given
        let piece = min(room, chunk, plan.rate.map { max(1, $0 / Self.piecesPerSecond) } ?? .max)
        let bytes = body.bytes(at: given, length: piece)
        given += bytes.readableBytes
        return .send(bytes, pause: pause(after: bytes.readableBytes))
    }

    private func pause(after bytes: Int) -> TimeAmount? {
        guard let rate = plan.rate, !isGiven else { return nil }
        // Rounded up; a piece is too small for this to overflow.
        let (whole, rest) = (Int64(bytes) * 1_000_000_000).quotientAndRemainder(dividingBy: Int64(max(1, rate)))
        return .nanoseconds(whole + (rest > 0 ? 1 : 0))
    }
}

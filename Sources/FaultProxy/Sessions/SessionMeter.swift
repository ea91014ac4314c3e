internal import FaultModel
internal import NIOCore

/// Counts the bytes of one connection of a session, and says what becomes of them under a `bytes` fault. No I/O.
///
/// What counts is what is on the wire after the HTTP heads of both ends, framing included: so much of a session went
/// through a network that then failed. Of an encrypted session everything counts.
struct SessionMeter {
    /// What is to be done with what came, in order.
    enum Step: Equatable {
        case pass(ByteBuffer)
        /// These wait until the rule is over.
        case hold(ByteBuffer)
        /// Both ends are reset.
        case reset
        /// The directions that are hit end as if their senders had finished; what they still send goes nowhere.
        case end
    }

    /// Longer heads are none: what comes then is counted.
    private static let headLimit = 64 << 10
    private static let headEnd = Array("\r\n\r\n".utf8)

    private let fault: ByteFault
    /// How far the end of the head has been seen, by direction; `nil` behind it.
    private var head: [Direction: Int]
    private var headLength: [Direction: Int] = [:]
    /// Bytes behind the heads that went through, by direction.
    private(set) var passed: [Direction: Int] = [.request: 0, .response: 0]
    /// Whether the fault has struck.
    private(set) var hasStruck = false

    /// - Parameter hasHeads: whether each end begins with an HTTP head that can be read.
    init(_ fault: ByteFault, hasHeads: Bool) {
        self.fault = fault
        head = hasHeads ? [.request: 0, .response: 0] : [:]
    }

    /// What becomes of bytes from the sender of a direction.
    ///
    /// - Parameter isOver: whether the rule is: then everything passes.
    mutating func take(_ bytes: ByteBuffer, _ direction: Direction, isOver: Bool) -> [Step] {
        var bytes = bytes
        var steps: [Step] = []
        if let head = takeHead(&bytes, direction) { steps.append(.pass(head)) }
        guard bytes.readableBytes > 0 else { return steps }
        // What has ended stays so: its receiver was told.
        if hasStruck, fault.effect == .truncate, isHit(direction) { return steps }
        guard !isOver, isHit(direction) else { return steps + [pass(bytes, direction)] }
        let room = max(0, fault.bytes - counted)
        // A session that has exactly so many bytes loses nothing.
        guard bytes.readableBytes > room || hasStruck else { return steps + [pass(bytes, direction)] }
        if !hasStruck, let fitting = bytes.readSlice(length: room), room > 0 { steps.append(pass(fitting, direction)) }
        defer { hasStruck = true }
        switch fault.effect {
        case .stall: return steps + [.hold(bytes)]
        case .reset: return steps + [.reset]
        case .truncate: return steps + [.end]
        }
    }

    /// Whether the fault is about this direction.
    func isHit(_ direction: Direction) -> Bool { fault.direction.map { $0 == direction } ?? true }

    /// Bytes that were held go on.
    mutating func release(_ bytes: ByteBuffer, _ direction: Direction) {
        passed[direction, default: 0] += bytes.readableBytes
    }

    private var counted: Int {
        fault.direction.map { passed[$0] ?? 0 } ?? passed.values.reduce(0, +)
    }

    private mutating func pass(_ bytes: ByteBuffer, _ direction: Direction) -> Step {
        passed[direction, default: 0] += bytes.readableBytes
        return .pass(bytes)
    }

    /// The part of the bytes that still belongs to the head.
    private mutating func takeHead(_ bytes: inout ByteBuffer, _ direction: Direction) -> ByteBuffer? {
        guard var matched = head[direction] else { return nil }
        var count = 0
        for byte in bytes.readableBytesView where matched < Self.headEnd.count {
            count += 1
            // A carriage return may begin the end anew.
            matched = byte == Self.headEnd[matched] ? matched + 1 : byte == Self.headEnd[0] ? 1 : 0
        }
        headLength[direction, default: 0] += count
        let isPast = matched == Self.headEnd.count || headLength[direction, default: 0] > Self.headLimit
        head[direction] = isPast ? nil : matched
        return bytes.readSlice(length: count)
    }
}

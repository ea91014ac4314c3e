internal import CRICatalog
internal import FaultModel
internal import NIOCore

/// `stream`: messages of a server stream are lost, held, repeated, changed, or come in another order.
///
/// The runtime is always drained: its stream and connection get credit for every message at once (relay-contract 22).
/// At most ``messageLimit`` messages of ``byteLimit`` bytes together are held; beyond that the oldest are dropped. What a
/// client does not read is bounded by the link, and both are counted in the call's record.
struct StreamBehaviour: CallBehaviour {
    /// kubelet's own channel for events has 1000 places.
    static let messageLimit = 4096
    static let byteLimit = 32 << 20

    private let fault: StreamFault
    private let info: CallInfo
    private var number = 0
    private var held = CircularBuffer<ByteBuffer>()
    private var heldBytes = 0
    private var isHolding = false
    private var hasHeld = false
    private var isOver = false

    init(_ fault: StreamFault, _ info: CallInfo) {
        self.fault = fault
        self.info = info
    }

    var sendsOn: Bool { true }

    mutating func begin() -> [CallAction] { [.gate(.response, .swallow), .tap(.response)] }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        if isOver { return [] }
        switch event {
        case .responseHeaders(let fields): return [.send(.response, .headers(fields))]
        case .message(.response, let message):
            number += 1
            return take(message)
        case .timer:
            isHolding = false
            return flush()
        case .ended(.response, let trailers):
            return flush() + [.send(.response, trailers.map { .trailers($0) } ?? .end)]
        case .reset(.response, let code): return flush() + [.reset(.response, code)]
        case .over, .unreadable(.response): return flush()
        default: return []
        }
    }

    /// In the order they came, also those of a group that was to be turned round.
    mutating func letGo() -> [CallAction] { flush() }

    private mutating func take(_ message: ByteBuffer) -> [CallAction] {
        if isHolding { return hold(message) }
        guard fault.concerns(number) else { return [.offer(message)] }
        switch fault.effect {
        case .swallow: return []
        case .hold(let duration):
            guard !hasHeld else { return [.offer(message)] }
            hasHeld = true
            isHolding = true
            return hold(message) + [.wait(duration)]
        case .reorder(let count):
            let dropped = hold(message)
            guard held.count >= min(max(1, count), StreamFault.groupLimit) else { return dropped }
            held = CircularBuffer(held.reversed())
            return dropped + flush()
        case .repeat(let times):
            let copies = min(max(0, times), StreamFault.groupLimit)
            return Array(repeating: .offer(message), count: copies)
        case .endEarly:
            isOver = true
            let trailers = AnswerFields.trailers(RPCStatus(.ok), isWhole: false, limit: 1 << 20)
            return [.send(.response, .trailers(trailers)), .reset(.request, .cancel)]
        case .mutate(let edits): return [.offer(edits.change(message, in: .response, info))]
        }
    }

    private mutating func hold(_ message: ByteBuffer) -> [CallAction] {
        var dropped = 0
        held.append(message)
        heldBytes += message.readableBytes
        while held.count > Self.messageLimit || heldBytes > Self.byteLimit, let oldest = held.popFirst() {
            heldBytes -= oldest.readableBytes
            dropped += 1
        }
        return dropped == 0 ? [] : [.dropped(dropped)]
    }

    private mutating func flush() -> [CallAction] {
        let actions = held.map { CallAction.offer($0) }
        held.removeAll()
        heldBytes = 0
        return actions
    }
}

internal import CRICatalog
internal import NIOCore
internal import Synchronization

/// A call as it is handed to the event loop: fixed before it starts.
struct CallOrder: Sendable {
    /// Whether the call's consumer can take more messages now.
    enum Appetite {
        case more
        /// Nothing more until the call is resumed.
        case enough
    }

    let id: Int
    let rpc: RPC
    let endpoint: Endpoint
    let request: [UInt8]
    let options: CallOptions
    let sentAt: Timestamp
    /// The moment at which our timer ends the call.
    let deadline: NIODeadline?
    /// How long before the deadline a cancellation still counts as the deadline: GRPCCore runs a timer of its own
    /// for typed calls and cancels us when it fires.
    let deadlineSlack: TimeAmount
    let cancellation: CancellationFlag
    let onHeaders: @Sendable ([(String, String)]) -> Void
    let onMessage: @Sendable ([UInt8]) -> Appetite
    let onEnd: @Sendable (CallRecord) -> Void

    /// The deadline in the event loop's clock. Far ones are brought near enough not to overflow it.
    static func deadline(after duration: Duration?) -> NIODeadline? {
        guard let duration else { return nil }
        let tenYears = Duration.seconds(10 * 365 * 86_400)
        let parts = min(max(duration, .zero), tenYears).components
        return .now() + .seconds(parts.seconds) + .nanoseconds(parts.attoseconds / 1_000_000_000)
    }
}

/// Set when a call's caller gives up, which may be before the call reaches the event loop.
final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() { flag.store(true, ordering: .releasing) }
}

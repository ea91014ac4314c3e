internal import FaultModel
internal import NIOCore

/// `truncate`: the first message breaks off, and the stream ends as if all were well. Its prefix tells its whole
/// length, so a client sees that something is missing.
struct TruncateBehaviour: CallBehaviour {
    private let bytes: Int
    private var isCut = false

    init(_ truncate: Truncate) { bytes = truncate.bytes }

    var sendsOn: Bool { !isCut }

    mutating func begin() -> [CallAction] { [.gate(.response, .swallow), .tap(.response)] }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .responseHeaders(let fields): return [.send(.response, .headers(fields))]
        case .message(.response, let message):
            guard !isCut else { return [] }
            isCut = true
            var cut = message
            let length = min(message.readableBytes, 5 + bytes)
            return [.send(.response, .body(cut.readSlice(length: length) ?? ByteBuffer()))]
        case .ended(.response, let trailers): return [.send(.response, trailers.map { .trailers($0) } ?? .end)]
        case .reset(.response, let code): return [.reset(.response, code)]
        default: return []
        }
    }
}

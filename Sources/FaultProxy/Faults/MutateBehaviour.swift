internal import CRICatalog
internal import FaultModel
internal import NIOCore

/// `mutate`: messages of one direction are changed on their way. What cannot be read goes on as it is.
struct MutateBehaviour: CallBehaviour {
    private let mutate: Mutate
    private let info: CallInfo

    init(_ mutate: Mutate, _ info: CallInfo) {
        self.mutate = mutate
        self.info = info
    }

    var sendsOn: Bool { true }

    mutating func begin() -> [CallAction] {
        [.gate(mutate.direction, .swallow), .tap(mutate.direction)]
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .responseHeaders(let fields) where mutate.direction == .response:
            [.send(.response, .headers(fields))]
        case .message(mutate.direction, let message): [send(mutate.edits.change(message, in: mutate.direction, info))]
        case .ended(.request, _) where mutate.direction == .request: [.send(.request, .end)]
        case .ended(.response, let trailers) where mutate.direction == .response:
            [.send(.response, trailers.map { .trailers($0) } ?? .end)]
        case .reset(.response, let code) where mutate.direction == .response: [.reset(.response, code)]
        default: []
        }
    }

    /// An answer can be a stream that its client does not read; a request never is one.
    private func send(_ message: ByteBuffer) -> CallAction {
        mutate.direction == .response ? .offer(message) : .send(.request, .body(message))
    }
}

extension [Mutation] {
    /// The message with these changes made; as it was where they do not apply, or where it is no message of its type.
    func change(_ message: ByteBuffer, in direction: Direction, _ info: CallInfo) -> ByteBuffer {
        guard let type = direction == .request ? info.requestType : info.responseType,
            let changed = try? apply(to: message.messageBytes, message: type, spares: info.spares)
        else { return message }
        return ByteBuffer(message: changed)
    }
}

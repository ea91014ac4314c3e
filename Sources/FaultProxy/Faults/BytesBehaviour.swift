internal import CRICatalog
internal import FaultModel
internal import NIOCore

/// `bytes`: the URL in the answer leads to the relay, which then stands between the ends of the session.
struct BytesBehaviour: CallBehaviour {
    private let fault: ByteFault
    private let info: CallInfo

    init(_ fault: ByteFault, _ info: CallInfo) {
        self.fault = fault
        self.info = info
    }

    var sendsOn: Bool { true }

    mutating func begin() -> [CallAction] { [.gate(.response, .swallow), .tap(.response)] }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .responseHeaders(let fields): [.send(.response, .headers(fields))]
        case .message(.response, let message):
            redirected(message).map { [.send(.response, .body($0))] }
                ?? [.note(.noSession), .send(.response, .body(message))]
        case .ended(.response, let trailers): [.send(.response, trailers.map { .trailers($0) } ?? .end)]
        case .reset(.response, let code): [.reset(.response, code)]
        default: []
        }
    }

    /// The answer with the relay's URL; `nil` when it has none that the relay can stand before.
    private func redirected(_ message: ByteBuffer) -> ByteBuffer? {
        let editor = WireEditor()
        let bytes = message.messageBytes
        guard let type = info.responseType, let path = try? WirePath("url", in: type, catalog: .cri),
            case .text(let url)? = try? editor.read(path, in: bytes), let ours = info.openSession(url, fault),
            let changed = try? editor.apply(.set(.text(ours)), at: path, to: bytes)
        else { return nil }
        return ByteBuffer(message: changed)
    }
}

internal import CRICatalog
internal import FaultModel

/// `code`: executed, and answered with another status. The runtime's other trailers stay, but for the details of its
/// status; a message goes with OK only, as from any gRPC server.
struct CodeBehaviour: CallBehaviour {
    private let status: RPCStatus
    private var hasHeaders = false

    init(_ status: RPCStatus) { self.status = status }

    var sendsOn: Bool { status.code == .ok }

    mutating func begin() -> [CallAction] {
        [.gate(.response, .swallow)] + (status.code == .ok ? [.tap(.response)] : [])
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .responseHeaders(let fields):
            hasHeaders = true
            return [.send(.response, .headers(fields))]
        // Told also where somebody else reads along, and not because this fault asked.
        case .message(.response, let message): return sendsOn ? [.send(.response, .body(message))] : []
        case .ended(.response, let trailers):
            var fields = trailers ?? []
            for field in AnswerFields.trailers(status, isWhole: !hasHeaders && fields.isEmpty, limit: 1 << 20) {
                fields.set(String(decoding: field.name, as: UTF8.self), String(decoding: field.value, as: UTF8.self))
            }
            if status.message.isEmpty { fields.set("grpc-message", nil) }
            // The runtime's are about its own code, and clients believe them rather than this one.
            if status.details.isEmpty { fields.set("grpc-status-details-bin", nil) }
            return [.send(.response, .trailers(fields))]
        case .reset(.response, _), .over: return [.answer(status)]
        default: return []
        }
    }
}

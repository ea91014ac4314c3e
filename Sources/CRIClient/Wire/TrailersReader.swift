internal import CRICatalog

/// Reads the status out of a block that ends a call, and judges the block that begins an answer.
struct TrailersReader {
    private let block: [(String, String)]

    init(_ block: [(String, String)]) { self.block = block }

    /// The status of a block that ends the stream.
    ///
    /// Without `grpc-status` it is made from the HTTP status, as
    /// https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md says.
    var ending: CallEnding {
        let message = percentDecoded(value("grpc-message", in: block) ?? "")
        guard let text = value("grpc-status", in: block) else {
            return withoutStatus("the answer has no grpc-status")
        }
        guard let number = Int32(text), number >= 0 else {
            return CallEnding(
                .unknown,
                "malformed grpc-status '\(text.prefix(64))'" + (message.isEmpty ? "" : ": " + message),
                .transport
            )
        }
        return CallEnding(StatusCode(rawValue: Int(number)), message, .runtime)
    }

    /// Why this cannot be the header block of a gRPC answer; `nil` when it can.
    var problemOfHeaders: CallEnding? {
        guard let type = value("content-type", in: block), Self.isGRPC(type) else {
            let type = value("content-type", in: block)
            return withoutStatus(type.map { "its content-type is '\($0.prefix(128))'" } ?? "it has no content-type")
        }
        let status = value(":status", in: block)
        return status == "200" ? nil : withoutStatus("its content-type is '\(type)'")
    }

    private func withoutStatus(_ why: String) -> CallEnding {
        guard let text = value(":status", in: block) else {
            // Trailers after a header block have no HTTP status; a whole answer must have one.
            return CallEnding(.unknown, "the runtime's answer is not gRPC: " + why, .transport)
        }
        let code: StatusCode =
            switch text {
            case "400": .internalError
            case "401": .unauthenticated
            case "403": .permissionDenied
            case "404": .unimplemented
            case "429", "502", "503", "504": .unavailable
            default: .unknown
            }
        return CallEnding(
            code,
            "the runtime's answer is not gRPC: HTTP status \(text.prefix(16)), \(why)",
            .transport
        )
    }

    private static func isGRPC(_ type: String) -> Bool {
        let base = "application/grpc"
        guard type.lowercased().hasPrefix(base) else { return false }
        let next = type.dropFirst(base.count).first
        return next == nil || next == "+" || next == ";"
    }
}

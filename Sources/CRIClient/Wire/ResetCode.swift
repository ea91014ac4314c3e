internal import CRICatalog

/// The HTTP/2 error codes, RFC 9113 section 7, and what gRPC makes of a stream reset with one.
///
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors
enum ResetCode {
    private static let table: [(name: String, status: StatusCode)] = [
        ("NO_ERROR", .internalError),
        ("PROTOCOL_ERROR", .internalError),
        ("INTERNAL_ERROR", .internalError),
        ("FLOW_CONTROL_ERROR", .internalError),
        ("SETTINGS_TIMEOUT", .internalError),
        ("STREAM_CLOSED", .internalError),
        ("FRAME_SIZE_ERROR", .internalError),
        ("REFUSED_STREAM", .unavailable),
        ("CANCEL", .cancelled),
        ("COMPRESSION_ERROR", .internalError),
        ("CONNECT_ERROR", .internalError),
        ("ENHANCE_YOUR_CALM", .resourceExhausted),
        ("INADEQUATE_SECURITY", .permissionDenied),
        ("HTTP_1_1_REQUIRED", .internalError),
    ]

    static func name(_ code: Int) -> String {
        table.indices.contains(code) ? table[code].name : "error code \(code)"
    }

    static func status(_ code: Int) -> StatusCode {
        table.indices.contains(code) ? table[code].status : .unknown
    }
}

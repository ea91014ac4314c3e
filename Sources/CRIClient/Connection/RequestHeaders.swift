internal import CRICatalog

/// The header block of a request, in grpc-go's order.
///
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
enum RequestHeaders {
    static func block(for call: ActiveCall) -> [(String, String)] {
        block(path: call.order.rpc.path, timeout: call.remaining, metadata: call.order.options.metadata)
    }

    static func block(path: String, timeout: Duration?, metadata: [(String, String)]) -> [(String, String)] {
        var block = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", path),
            (":authority", "localhost"),
            ("content-type", "application/grpc"),
            ("user-agent", "crisol"),
            ("te", "trailers"),
        ]
        if let timeout { block.append(("grpc-timeout", GRPCTimeout.header(timeout))) }
        for (name, value) in metadata {
            let name = name.lowercased()
            if !isReserved(name) { block.append((name, value)) }
        }
        return block
    }

    /// Names that HTTP/2 or gRPC set themselves; a second one would make the request malformed.
    static func isReserved(_ name: String) -> Bool {
        name.isEmpty || name.hasPrefix(":") || name.hasPrefix("grpc-")
            || [
                "content-type", "user-agent", "te", "host", "connection", "keep-alive", "proxy-connection",
                "transfer-encoding", "upgrade",
            ].contains(name)
    }
}

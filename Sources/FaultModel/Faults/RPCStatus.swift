public import CRICatalog

/// The status a call ends with.
public struct RPCStatus: Sendable, Hashable, CustomStringConvertible {
    /// Longer messages are cut off: header lists have limits, and kubelet's is the peer's default.
    public static let messageLimit = 4096
    /// Longer details are left out.
    public static let detailsLimit = 4096

    /// The gRPC status code.
    public var code: StatusCode
    /// The text beside it, at most ``messageLimit`` bytes.
    public let message: String
    /// An encoded `google.rpc.Status`, sent as `grpc-status-details-bin`; empty for none.
    public let details: [UInt8]

    /// Creates a status.
    public init(_ code: StatusCode, _ message: String = "", details: [UInt8] = []) {
        self.code = code
        self.message = message.utf8.count <= Self.messageLimit ? message : Self.cut(message)
        self.details = details.count <= Self.detailsLimit ? details : []
    }

    /// How messages show it.
    public var description: String { message.isEmpty ? code.name : "\(code.name): \(message)" }

    /// Cut between characters, never inside one.
    private static func cut(_ message: String) -> String {
        var size = 0
        return String(
            message.prefix { character in
                size += character.utf8.count
                return size <= messageLimit
            }
        )
    }
}

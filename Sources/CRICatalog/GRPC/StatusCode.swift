/// A gRPC status code; a runtime may send numbers that have no name.
///
/// https://grpc.github.io/grpc/core/md_doc_statuscodes.html
public struct StatusCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: Int

    /// Creates a code of any number.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The code of this name, `NOT_FOUND`; `nil` when there is none.
    public init?(name: String) {
        guard let number = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: number)
    }

    /// Its name, `DEADLINE_EXCEEDED`; `CODE_99` for a number that has none.
    public var name: String { Self.names.indices.contains(rawValue) ? Self.names[rawValue] : "CODE_\(rawValue)" }

    /// Whether gRPC defines this number.
    public var isKnown: Bool { Self.names.indices.contains(rawValue) }

    /// Its name.
    public var description: String { name }

    /// The codes gRPC defines, in the order of their numbers.
    public static let all: [StatusCode] = names.indices.map(StatusCode.init(rawValue:))

    private static let names = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    /// The call succeeded.
    public static let ok = Self(rawValue: 0)
    /// Somebody cancelled the call.
    public static let cancelled = Self(rawValue: 1)
    /// An error without a code of its own.
    public static let unknown = Self(rawValue: 2)
    /// The request makes no sense, whatever the state of the runtime.
    public static let invalidArgument = Self(rawValue: 3)
    /// The deadline passed first.
    public static let deadlineExceeded = Self(rawValue: 4)
    /// What the request names does not exist.
    public static let notFound = Self(rawValue: 5)
    /// What the request would make exists already.
    public static let alreadyExists = Self(rawValue: 6)
    /// The caller may not do this.
    public static let permissionDenied = Self(rawValue: 7)
    /// A limit was reached, a message size for instance.
    public static let resourceExhausted = Self(rawValue: 8)
    /// The runtime is not in a state for this.
    public static let failedPrecondition = Self(rawValue: 9)
    /// Another operation got in the way.
    public static let aborted = Self(rawValue: 10)
    /// Past the valid range.
    public static let outOfRange = Self(rawValue: 11)
    /// The runtime has no such RPC.
    public static let unimplemented = Self(rawValue: 12)
    /// An invariant was broken.
    public static let internalError = Self(rawValue: 13)
    /// Nobody answers.
    public static let unavailable = Self(rawValue: 14)
    /// Data is lost for good.
    public static let dataLoss = Self(rawValue: 15)
    /// The caller did not say who it is.
    public static let unauthenticated = Self(rawValue: 16)
    /// gRPC's own name for ``internalError``.
    public static let `internal` = internalError
}

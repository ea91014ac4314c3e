internal import CRICatalog

/// The line that says which run the lines after it are of, and what a replay of them needs to know.
public struct LedgerHeader: Sendable, Hashable {
    /// How ledgers that this version writes and reads call themselves.
    public static let schema = "crisol.ledger/1"

    /// Where the randomness of the run starts.
    public var seed: UInt64
    /// When it began, in milliseconds since 1970; with the process it tells runs in one file apart.
    public var began: Int64
    /// The process that wrote it.
    public var process: Int32

    /// Creates a header.
    public init(seed: UInt64, began: Int64, process: Int32) {
        self.seed = seed
        self.began = began
        self.process = process
    }

    /// What tells the run of a header from others: when it began, in milliseconds since 1970, and its process.
    static func name(_ header: JSONValue) -> String {
        "\(digits(header["began"])) \(digits(header["process"]))"
    }

    /// A number as it is written; nothing when it is none.
    static func digits(_ value: JSONValue?) -> String { if case .number(let digits)? = value { digits } else { "" } }

    /// The seed is text: it has more digits than a number in JSON can be trusted with.
    var line: String {
        "{\"ledger\":\"\(Self.schema)\",\"seed\":\"\(seed)\",\"began\":\(began),\"process\":\(process)}\n"
    }
}

public import CRICatalog

/// Reads a ledger piece by piece: the lines a relay wrote, also of a file that was cut off or damaged.
///
/// Its memory is bounded by ``lineLimit``, however long the ledger is.
public struct LedgerReader: Sendable {
    /// One line.
    public enum Line: Sendable, Hashable {
        /// The lines that follow are of this run of a proxy, which its files and turns of writing repeat; and its seed,
        /// where the line has one.
        case run(name: String, seed: String?)
        /// A call.
        case call(RecordedCall)
        /// A connection of a session that a rule stood in has ended.
        case session(RecordedSession)
        /// Rules about connections had one.
        case connection(RecordedConnection)
        /// Nothing that can be read: it is left out.
        case broken(LedgerProblem)
        /// The end of the file cut the last line off: its proxy still runs, or did not end by itself.
        case cutOff
    }

    /// Longer lines are none of a ledger, in bytes: paths are cut, and a rule's name is bounded by its plan.
    public static let lineLimit = 256 << 10

    private var rest: [UInt8] = []
    private var isTooLong = false
    /// The line that was taken last, from 1.
    public private(set) var number = 0

    /// Begins at a file's first line.
    public init() {}

    /// Takes bytes of the file, and tells of the lines they complete.
    public mutating func read(_ bytes: some Collection<UInt8>, _ take: (_ number: Int, Line) -> Void) {
        var bytes = bytes[...]
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            keep(bytes[..<end])
            bytes = bytes[bytes.index(after: end)...]
            number += 1
            if isTooLong {
                take(number, .broken(LedgerProblem("longer than \(Self.lineLimit) bytes")))
            } else if !rest.isEmpty {
                take(number, Self.line(rest))
            }
            rest = []
            isTooLong = false
        }
        keep(bytes)
    }

    /// The file has ended.
    public mutating func finish(_ take: (_ number: Int, Line) -> Void) {
        guard !rest.isEmpty || isTooLong else { return }
        number += 1
        let last = isTooLong ? Line.broken(LedgerProblem("longer than \(Self.lineLimit) bytes")) : Self.line(rest)
        // Whole but for its end: nothing of it is lost.
        if case .broken = last, !isTooLong { take(number, .cutOff) } else { take(number, last) }
        rest = []
        isTooLong = false
    }

    /// Whether a line could be one of a ledger, by its members: so that a file can be told by its first line.
    public static func isLine(_ value: JSONValue) -> Bool {
        value["ledger"] != nil
            || (value["t"] != nil && (value["path"] != nil || value["session"] != nil || value["decisions"] != nil))
    }

    private mutating func keep(_ bytes: some Collection<UInt8>) {
        guard !isTooLong else { return }
        if rest.count + bytes.count > Self.lineLimit {
            isTooLong = true
            rest = []
        } else {
            rest += bytes
        }
    }

    private static func line(_ bytes: [UInt8]) -> Line {
        let value: JSONValue
        do { value = try JSONValue.parse(bytes) } catch {
            return .broken(LedgerProblem("column \(error.column): \(error.message)"))
        }
        guard case .object = value else { return .broken(LedgerProblem("no JSON object")) }
        if value["ledger"] != nil {
            let name = LedgerHeader.name(value)
            if case .string(let seed)? = value["seed"] { return .run(name: name, seed: seed) }
            return .run(name: name, seed: nil)
        }
        do {
            if let session = value["session"] { return .session(try RecordedSession(session)) }
            if value["path"] == nil, value["decisions"] != nil { return .connection(try RecordedConnection(value)) }
            return .call(try RecordedCall(value))
        } catch { return .broken(error) }
    }
}

/// What is wrong with a line of a ledger.
public struct LedgerProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// In words; the line's number is told beside it.
    public let description: String
    init(_ description: String) { self.description = description }
}

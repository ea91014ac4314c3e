internal import CRICatalog

/// Reads members of a line.
struct LedgerFields {
    let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    func text(_ name: String) throws(LedgerProblem) -> String {
        guard case .string(let text)? = value[name] else { throw LedgerProblem("'\(name)' is missing or no text") }
        return text
    }

    /// The ledger writes bytes, one escape each: what it wrote as `\u00c3\u00a9` is one letter.
    func bytes(_ name: String) throws(LedgerProblem) -> String {
        let text = try text(name)
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        return bytes.count == text.unicodeScalars.count ? String(decoding: bytes, as: UTF8.self) : text
    }

    func digits(_ name: String) throws(LedgerProblem) -> String {
        guard case .number(let digits)? = value[name] else { throw LedgerProblem("'\(name)' is missing or no number") }
        return digits
    }

    func number(_ name: String) throws(LedgerProblem) -> UInt64 {
        guard let number = UInt64(try digits(name)) else { throw LedgerProblem("'\(name)' is no whole number from 0") }
        return number
    }
}

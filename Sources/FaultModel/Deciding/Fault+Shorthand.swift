internal import CRICatalog

extension Fault {
    private static let shorthands = [
        "cancel", "code", "deadline", "delay", "drop", "duplicate", "error", "hang", "late", "lose-response", "no-op",
        "off", "reset",
    ]

    /// Reads the short form of the faults that need no more than a word or two: `error(UNAVAILABLE, text)`,
    /// `delay(500ms)`, `hang(after)`, `reset(CANCEL)`.
    ///
    /// - Parameter known: names that a plan defines, for the suggestion.
    init(shorthand text: Substring, known: [String] = []) throws(FaultTextError) {
        let open = text.firstIndex(of: "(")
        let name = text[..<(open ?? text.endIndex)]
        var arguments: Substring?
        if let open {
            guard text.last == ")" else { throw FaultTextError("'\(text)': a bracket is not closed") }
            arguments = text[text.index(after: open)...].dropLast().trimmingSpaces
        }
        switch name {
        case "error": self = .error(try Self.status(arguments, of: text) ?? RPCStatus(.unknown, "injected by crisol"))
        case "code": self = .code(try Self.required(Self.status(arguments, of: text), text, "a status code"))
        case "delay": self = .delay(Delay(.fixed(try Self.duration(arguments, of: text))))
        case "deadline": self = .deadline(try Self.duration(arguments, of: text))
        case "cancel": self = .cancel(Cancel(.after(try Self.duration(arguments, of: text))))
        case "drop": self = .drop(Drop(after: arguments == nil ? .zero : try Self.duration(arguments, of: text)))
        case "duplicate":
            self = .duplicate(Duplicate(gap: arguments == nil ? .zero : try Self.duration(arguments, of: text)))
        case "hang":
            let side = arguments.map { Side(rawValue: String($0)) } ?? .before
            self = .hang(try Self.required(side, text, "'before' or 'after'"))
        case "late" where arguments == nil: self = .late
        case "no-op" where arguments == nil: self = .noOp(NoOp())
        case "lose-response":
            self = .loseResponse(try Self.status(arguments, of: text).map { .status($0) } ?? .atDeadline)
        case "reset":
            let code = arguments.map { HTTP2Code(name: String($0)) } ?? .cancel
            self = .reset(Reset(try Self.required(code, text, "the name of an HTTP/2 code")))
        default:
            let hint = Spelling.suggestion(for: String(name), among: Self.shorthands + known)
            throw FaultTextError("'\(text)' is no fault\(hint)")
        }
    }

    private static func required<T>(_ value: T?, _ text: Substring, _ what: String) throws(FaultTextError) -> T {
        guard let value else { throw FaultTextError("'\(text)': \(what) is missing or unknown") }
        return value
    }

    /// `CODE` or `CODE, message`; `nil` without arguments.
    private static func status(_ arguments: Substring?, of text: Substring) throws(FaultTextError) -> RPCStatus? {
        guard let arguments, !arguments.isEmpty else { return nil }
        let comma = arguments.firstIndex(of: ",") ?? arguments.endIndex
        let name = String(arguments[..<comma].trimmingSpaces)
        guard let code = StatusCode(name: name) else {
            let hint = Spelling.suggestion(for: name, among: StatusCode.all.map(\.name))
            throw FaultTextError("'\(text)': no status code '\(name)'\(hint)")
        }
        return RPCStatus(code, String(arguments[comma...].dropFirst().trimmingSpaces))
    }

    private static func duration(_ arguments: Substring?, of text: Substring) throws(FaultTextError) -> Duration {
        guard let arguments, let duration = Self.duration(arguments) else {
            throw FaultTextError("'\(text)': a duration such as 500ms is missing")
        }
        return duration
    }

    private static let units: [(String, Double)] = [
        ("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]

    static func duration(_ text: some StringProtocol) -> Duration? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard number.utf8.count <= 20, let count = Double(number), count.isFinite,
            let scale = units.first(where: { $0.0 == text.dropFirst(number.count) })?.1, count * scale <= 86_400 * 365
        else { return nil }
        return .nanoseconds(Int64((count * scale * 1e9).rounded()))
    }
}

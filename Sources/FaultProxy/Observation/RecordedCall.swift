internal import CRICatalog

/// One call as a ledger tells of it.
public struct RecordedCall: Sendable, Hashable {
    /// How a call ended for one of its two ends.
    public enum Answer: Sendable, Hashable {
        /// With this `grpc-status`.
        case status(Int)
        /// With an end but no `grpc-status`.
        case noStatus
        /// The client gave up, with this HTTP/2 code.
        case clientReset(UInt32)
        /// The stream was reset, with this HTTP/2 code.
        case reset(UInt32)
        /// The connection went away.
        case lost
    }

    /// Whether the runtime executed it, as far as the proxy could tell.
    public enum Execution: String, Sendable, Hashable {
        case yes
        /// The runtime never had the whole request.
        case no
        /// The runtime had it, and was not heard of again before the client's part ended.
        case unknown
    }

    /// What the runtime itself said, whatever the client was told.
    public struct RuntimeAnswer: Sendable, Hashable {
        /// How it ended the call.
        public let answer: Answer
        /// How long it took from the whole request to its end, in microseconds.
        public let microseconds: UInt64
    }

    /// What a rule decided about the call.
    public struct Decision: Sendable, Hashable {
        /// The rule.
        public let rule: String
        /// Method and object the call was counted under.
        public let key: String
        /// The how-many-eth such call it was, from 1.
        public let number: UInt64
        /// The name of the fault.
        public let fault: String
        /// Whether it only would have happened.
        public let isDryRun: Bool
    }

    /// When it ended, in milliseconds since 1970.
    public let time: Double
    /// The client connection it came over, counted from 1.
    public let connection: UInt64
    /// The path of the request; empty when its headers could not be read.
    public let path: String
    /// From its headers to its end for the client, in microseconds.
    public let microseconds: UInt64
    /// Whether it was executed.
    public let execution: Execution
    /// What its client was told.
    public let answer: Answer
    /// What the runtime said; `nil` for a call that just passed, or that the runtime had not ended yet.
    public let runtime: RuntimeAnswer?
    /// What was decided about it, dry runs included.
    public let decisions: [Decision]
    /// Why a fault could not do its work, if it could not.
    public let note: String?
    /// Messages of its stream that its client was never sent, because it did not read or too many were held.
    public let dropped: UInt64

    /// Whether a rule did something to it.
    public var isInterfered: Bool { decisions.contains { !$0.isDryRun } }

    /// The method in the path, or the whole path where it is none.
    public var method: String {
        let last = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return last.isEmpty ? path : String(last)
    }

    /// How much longer it took than the runtime did, in microseconds; `nil` where the runtime's part is not known.
    public var addedMicroseconds: UInt64? {
        if let runtime { return microseconds > runtime.microseconds ? microseconds - runtime.microseconds : 0 }
        return execution == .no ? microseconds : nil
    }

    /// Whether it was executed and its client was told something else than the runtime said, or nothing.
    public var isExecutedUnanswered: Bool {
        guard execution == .yes else { return false }
        if let runtime { return runtime.answer != answer }
        if case .status = answer { return false }
        return true
    }
}

extension RecordedCall {
    /// Reads a call from a line's JSON.
    ///
    /// - Throws: ``LedgerProblem`` naming the member that is missing or makes no sense.
    init(_ line: JSONValue) throws(LedgerProblem) {
        let fields = LedgerFields(line)
        guard let milliseconds = Double(try fields.digits("t")), (0...1e15).contains(milliseconds) else {
            throw LedgerProblem("'t' is no time in milliseconds since 1970")
        }
        time = milliseconds
        connection = try fields.number("connection")
        path = try fields.bytes("path")
        microseconds = try fields.number("us")
        guard let execution = Execution(rawValue: try fields.text("executed")) else {
            throw LedgerProblem("'executed' is none of yes, no and unknown")
        }
        self.execution = execution
        answer = try Answer(fields)
        runtime =
            if let value = line["runtime"] {
                RuntimeAnswer(
                    answer: try Answer(LedgerFields(value)),
                    microseconds: try LedgerFields(value).number("us")
                )
            } else { nil }
        decisions = try Decision.all(of: line)
        note = line["note"] == nil ? nil : try fields.text("note")
        dropped = line["dropped"] == nil ? 0 : try fields.number("dropped")
    }
}

extension RecordedCall.Decision {
    /// The decisions of a line; none is as good as an empty list.
    static func all(of line: JSONValue) throws(LedgerProblem) -> [Self] {
        guard let value = line["decisions"] else { return [] }
        guard case .array(let items) = value else { throw LedgerProblem("'decisions' is no list") }
        var decisions: [Self] = []
        for item in items { decisions.append(try Self(item)) }
        return decisions
    }

    private init(_ value: JSONValue) throws(LedgerProblem) {
        let fields = LedgerFields(value)
        rule = try fields.bytes("rule")
        key = try fields.bytes("key")
        number = try fields.number("n")
        fault = try fields.text("fault")
        isDryRun = value["dry"] == .bool(true)
    }
}

extension RecordedCall.Answer {
    fileprivate init(_ fields: LedgerFields) throws(LedgerProblem) {
        if case .number(let digits)? = fields.value["answer"] {
            guard let status = Int(digits) else { throw LedgerProblem("'answer' \(digits) is no status") }
            self = .status(status)
            return
        }
        let word = try fields.text("answer")
        func code(after prefix: String) -> UInt32? {
            word.hasPrefix(prefix) ? UInt32(word.dropFirst(prefix.count)) : nil
        }
        if word == "no-status" {
            self = .noStatus
        } else if word == "lost" {
            self = .lost
        } else if let code = code(after: "client-reset-") {
            self = .clientReset(code)
        } else if let code = code(after: "reset-") {
            self = .reset(code)
        } else {
            throw LedgerProblem("'answer' is a status, no-status, reset-N, client-reset-N or lost")
        }
    }
}

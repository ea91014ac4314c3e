import CRICatalog
import FaultModel

/// The kinds of values that faults and rules are made of.
extension CaseReader {
    /// A duration that may be zero.
    mutating func span(_ node: Node, _ what: String) -> Duration? {
        if let text = node.scalar, Quantity.nanoseconds(text) == 0 { return .zero }
        return duration(node, what)
    }

    mutating func positiveSize(_ node: Node, _ what: String) -> Int? {
        guard let size = size(node, what) else { return nil }
        guard size > 0 else {
            report("\(what) is at least one byte", at: node.position)
            return nil
        }
        return size
    }

    /// A whole number within bounds.
    mutating func count(_ node: Node, _ what: String, in bounds: ClosedRange<Int>) -> Int? {
        if let text = node.scalar, Scalar.isInteger(text), let number = Int(text), bounds.contains(number) {
            return number
        }
        let given = node.scalar.map { "'\($0.prefix(60))'" } ?? node.kindWord
        report("\(what) is a number from \(bounds.lowerBound) to \(bounds.upperBound), not \(given)", at: node.position)
        return nil
    }

    /// Numbers counted from 1.
    mutating func numbers(_ node: Node, _ what: String) -> NumberSet? {
        if let text = node.scalar, let numbers = NumberSet(text) { return numbers }
        let given = node.scalar.map { "'\($0.prefix(60))'" } ?? node.kindWord
        report(
            "\(what) are numbers from 1: 3, 2..5, 4+ (from the fourth on), 1..9+2 (every second), or several of these with commas, not \(given)",
            at: node.position
        )
        return nil
    }

    /// A value of the catalogue that is written out: nothing looks anything up in a fault.
    mutating func constant(_ node: Node, _ shape: Shape) -> Value? {
        guard let template = template(node, shape) else { return nil }
        do { return try template.value(in: Bindings(catalog: catalog)) } catch {
            report(error.message, at: node.position)
            return nil
        }
    }

    // MARK: - Codes

    /// A gRPC status; without parameters an error that says where it comes from.
    mutating func status(_ given: FaultParameters, for word: FaultWord) -> RPCStatus? {
        guard let node = given["code"] else { return RPCStatus(.unknown, "injected by crisol") }
        let names = StatusCode.all.map(\.name)
        guard let name = node.scalar, let code = StatusCode(name: name) else {
            let hint = node.scalar.map { Spelling.suggestion(for: $0, among: names) } ?? ""
            let given = node.scalar.map { "'\($0.prefix(60))'" } ?? node.kindWord
            report("there is no gRPC code \(given)\(hint)", at: node.position)
            return nil
        }
        if code == .ok, word != .code {
            report("OK is no error: 'no-op' answers with success and executes nothing", at: node.position)
            return nil
        }
        let message = given["message"].flatMap { plainText($0, "message") } ?? ""
        if message.utf8.count > RPCStatus.messageLimit {
            report(
                "a message has up to \(RPCStatus.messageLimit) bytes",
                at: given["message"]?.position ?? node.position
            )
        }
        var details: [UInt8] = []
        if let node = given["details"], case .bytes(let bytes)? = constant(node, .bytes) {
            details = bytes
            if details.count > RPCStatus.detailsLimit {
                report("details have up to \(RPCStatus.detailsLimit) bytes", at: node.position)
            }
        }
        return RPCStatus(code, message, details: details)
    }

    mutating func http2Code(_ node: Node) -> HTTP2Code? {
        if let name = node.scalar, let code = HTTP2Code(name: name) { return code }
        let hint = node.scalar.map { Spelling.suggestion(for: $0, among: HTTP2Code.names) } ?? ""
        let list = hint.isEmpty ? "; there are \(HTTP2Code.names.joined(separator: ", "))" : hint
        report(
            "there is no HTTP/2 code \(node.scalar.map { "'\($0.prefix(60))'" } ?? node.kindWord)\(list)",
            at: node.position
        )
        return nil
    }

    // MARK: - Sides and moments

    mutating func side(_ given: FaultParameters) -> Side? {
        given["side"].flatMap { word($0, "side", as: Side.self) }
    }

    mutating func direction(_ given: FaultParameters) -> Direction? {
        given["direction"].flatMap { word($0, "direction", as: Direction.self) }
    }

    /// `after` or `at`; `nil` without either.
    mutating func moment(_ given: FaultParameters, at position: SourcePosition) -> Moment? {
        if given["after"] != nil, given["at"] != nil {
            report("one moment: 'after' or 'at'", at: position)
        }
        if let node = given["after"] { return span(node, "after").map { .after($0) } ?? .requestSent }
        return given["at"].map { word($0, "at", as: MomentWord.self)?.moment ?? .requestSent }
    }
}

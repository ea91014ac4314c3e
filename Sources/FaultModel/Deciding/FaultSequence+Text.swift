extension FaultSequence {
    /// Longer texts are refused.
    public static let textLimit = 4096

    /// Reads the written form: terms with `->` between them, each a fault with an optional `count*` before it.
    ///
    /// - Parameter named: faults that a plan defines elsewhere, by the name used here.
    /// - Throws: ``FaultTextError`` with the term that cannot be read.
    public init(_ text: String, named: [String: Fault] = [:]) throws(FaultTextError) {
        guard text.utf8.count <= Self.textLimit else { throw FaultTextError("longer than \(Self.textLimit) bytes") }
        var terms: [Term] = []
        var rest = text[...]
        repeat {
            let arrow = Self.arrow(in: rest)
            terms.append(try Self.term(rest[..<(arrow?.lowerBound ?? rest.endIndex)], named))
            rest = arrow.map { rest[$0.upperBound...] } ?? ""
            if arrow != nil, rest.isEmpty { throw FaultTextError("nothing after the last '->'") }
        } while !rest.isEmpty
        self.init(terms)
    }

    /// The next arrow outside of brackets: a message may have one in it.
    private static func arrow(in text: Substring) -> Range<Substring.Index>? {
        var depth = 0
        var index = text.startIndex
        while index < text.endIndex {
            switch text[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "-" where depth == 0 && text[index...].hasPrefix("->"):
                return index..<text.index(index, offsetBy: 2)
            default: break
            }
            index = text.index(after: index)
        }
        return nil
    }

    private static func term(_ text: Substring, _ named: [String: Fault]) throws(FaultTextError) -> Term {
        let trimmed = text.trimmingSpaces
        var count: Int?
        var body = trimmed
        let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
        if !digits.isEmpty {
            let rest = trimmed.dropFirst(digits.count)
            guard rest.first == "*", let number = Int(digits), number >= 1 else {
                throw FaultTextError("'\(trimmed)': a count is written as in '2*error'")
            }
            count = number
            body = rest.dropFirst()
        }
        if body == "off" { return Term(count, nil) }
        if let fault = named[String(body)] { return Term(count, fault) }
        return Term(count, try Fault(shorthand: body, known: named.keys.sorted()))
    }
}

/// A text that stands for no fault.
public struct FaultTextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension Substring {
    var trimmingSpaces: Substring {
        var result = drop { $0 == " " }
        while result.last == " " { result.removeLast() }
        return result
    }
}

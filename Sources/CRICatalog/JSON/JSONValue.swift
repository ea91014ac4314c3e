/// JSON as it was written: numbers keep their digits, members their order.
///
/// Foundation's reader turns numbers into doubles and so loses 64-bit ones; this one keeps what stands there.
public indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// The digits of a number, as RFC 8259 allows them.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// The members in the order they were written, repeated names included.
    case object([(name: String, value: JSONValue)])

    /// A member of an object.
    public typealias Member = (name: String, value: JSONValue)

    /// Arrays and objects may nest this deep.
    public static let depthLimit = 64
    /// Longer texts are refused, in bytes: the 16 MiB that kubelet allows one CRI message.
    public static let sizeLimit = 16 << 20

    /// The value of an object's member; of several with one name the last.
    public subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members.last { $0.name == name }?.value } else { nil }
    }

    /// Reads a text, strictly by RFC 8259, in UTF-8 without a byte order mark; half surrogate pairs are refused.
    ///
    /// - Throws: `JSONSyntaxError` with line and column; also beyond `depthLimit` and `sizeLimit`.
    public static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        guard bytes.count <= sizeLimit else {
            throw JSONSyntaxError(line: 1, column: 1, message: "longer than \(sizeLimit) bytes")
        }
        var parser = JSONParser(bytes)
        return try parser.document()
    }

    /// The text of the value, without white space.
    public func render() -> [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        return out
    }

    private func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let bool): out += (bool ? "true" : "false").utf8
        case .number(let digits): out += digits.utf8
        case .string(let text): Self.write(text, to: &out)
        case .array(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                item.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.write(member.name, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): out += "\\n".utf8
            case UInt8(ascii: "\r"): out += "\\r".utf8
            case UInt8(ascii: "\t"): out += "\\t".utf8
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                out += "\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

extension JSONValue: Hashable {
    /// Values are equal when they are written alike: `1` is not `1.0`, and the order of members counts.
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)), (.string(let left), .string(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left.elementsEqual(right, by: ==)
        default: false
        }
    }

    /// Hashes what equality compares.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let bool): hasher.combine(bool)
        case .number(let text), .string(let text): hasher.combine(text)
        case .array(let items): hasher.combine(items)
        case .object(let members):
            for member in members {
                hasher.combine(member.name)
                hasher.combine(member.value)
            }
        }
    }
}

/// A text that is no JSON.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    /// From 1, in bytes.
    public let column: Int
    /// What is wrong there.
    public let message: String

    /// How messages show it.
    public var description: String { "\(line):\(column): \(message)" }
}

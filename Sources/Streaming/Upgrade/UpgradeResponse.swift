/// An HTTP/1.1 server's answer to a request for an upgrade.
struct UpgradeResponse: Hashable, Sendable {
    let status: Int
    /// The text beside the status.
    let reason: String
    /// Names as they were written.
    let headers: [HTTPHeader]
    /// The body of anything but a 101, up to the limit.
    var body: [UInt8] = []
    /// Whether the body had more bytes than are kept, or did not come whole.
    var isBodyCut = false

    /// The values of all headers of this name, whatever its case.
    func values(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return headers.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    /// Whether a header holds this word in a comma-separated list, whatever its case.
    func lists(_ word: String, in name: String) -> Bool {
        let wanted = word.lowercased()
        return values(name).flatMap { $0.split(separator: ",") }
            .contains { HTTPHeader.trimmed($0).lowercased() == wanted }
    }
}

/// A line of an HTTP head.
public struct HTTPHeader: Sendable, Hashable, CustomStringConvertible {
    /// The name as it was written.
    public let name: String
    /// The value, without the space around it.
    public let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The line.
    public var description: String { "\(name): \(value)" }

    /// The text without the spaces and tabs around it.
    static func trimmed(_ text: some StringProtocol) -> String {
        let front = text.drop { $0 == " " || $0 == "\t" }
        guard let last = front.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(front[...last])
    }
}

internal import NIOCore

/// Reads the answer to an upgrade: any informational answers, then a head, and a body unless the head is a 101's.
///
/// The bytes that follow a 101 belong to the new protocol and stay in ``leftover``.
struct UpgradeResponseParser {
    private enum Phase {
        case head
        case body(UpgradeBodyReader)
    }

    private let limits: StreamingLimits
    private var phase = Phase.head
    private var response: UpgradeResponse?
    private var buffer = ByteBuffer()
    private var headBytes = 0
    private var lines: [String] = []

    init(limits: StreamingLimits) { self.limits = limits }

    /// What came behind the answer.
    var leftover: ByteBuffer { buffer }

    /// Adds bytes that came.
    mutating func append(_ bytes: ByteBuffer) {
        buffer.discardReadBytes()
        buffer.writeImmutableBuffer(bytes)
    }

    /// The answer; `nil` when more bytes must come first.
    mutating func next() throws(StreamingError) -> UpgradeResponse? {
        while response == nil {
            guard let line = try line() else { return nil }
            if lines.isEmpty, line.isEmpty { continue }
            guard line.isEmpty else {
                lines.append(line)
                continue
            }
            try finishHead()
        }
        return body()
    }

    /// The answer as far as it came, when no more will: the body of a refusal may go up to here.
    mutating func unfinished(isEnd: Bool) -> UpgradeResponse? {
        guard var response, case .body(let reader) = phase else { return nil }
        response.body = reader.kept
        response.isBodyCut = reader.isCut || !(isEnd && reader.goesToTheEnd)
        return response
    }

    /// Why no head has come, when the server has closed the connection.
    var emptyReason: String {
        headBytes == 0 && buffer.readableBytes == 0
            ? "the server closed the connection without an answer"
            : "the server closed the connection in the middle of its answer's head"
    }

    /// The next line of the head, without its end.
    private mutating func line() throws(StreamingError) -> String? {
        let view = buffer.readableBytesView
        let allowed = view.prefix(limits.upgradeHead - headBytes)
        if lines.isEmpty { try checkStart(allowed) }
        guard view.count == allowed.count || allowed.contains(0x0a) else {
            throw .limit("the head of the server's answer is longer than \(limits.upgradeHead) bytes")
        }
        guard let end = view.firstIndex(of: 0x0a) else { return nil }
        let length = end - view.startIndex + 1
        headBytes += length
        guard let bytes = buffer.readBytes(length: length) else { return nil }
        var text = bytes.dropLast()
        while text.last == 0x0d { text = text.dropLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether this can be HTTP/1 at all; what cannot is quoted at once instead of being waited out.
    ///
    /// What follows an empty line is looked at when that line is gone: so the limit holds for all of them, however they
    /// were cut, and no byte is looked at once for each line before it.
    private func checkStart(_ view: ByteBufferView) throws(StreamingError) {
        let start = view.drop { $0 == 0x0d }
        guard start.first != 0x0a else { return }
        guard zip(start, "HTTP/1.".utf8).allSatisfy({ $0 == $1 }) else {
            let excerpt = start.prefix(40).map { (0x20...0x7e).contains($0) ? Character(UnicodeScalar($0)) : "." }
            throw StreamingError(.upgradeMalformed, "what answers is no HTTP/1.1 server: it said '\(String(excerpt))'")
        }
    }

    private mutating func finishHead() throws(StreamingError) {
        let head = lines
        lines = []
        let status = head.first.flatMap(Self.status)
        guard let status else {
            throw StreamingError(.upgradeMalformed, "the server's answer has no HTTP/1.1 status line")
        }
        let headers = try head.dropFirst().map { (line) throws(StreamingError) in try Self.header(line) }
        // What is only informational is followed by the real answer; 101 is the real one.
        guard status.code >= 200 || status.code == 101 else { return }
        let response = UpgradeResponse(status: status.code, reason: status.reason, headers: headers)
        self.response = response
        if response.status != 101 { phase = .body(UpgradeBodyReader(response, limit: limits.refusalBody)) }
    }

    private mutating func body() -> UpgradeResponse? {
        guard case .body(var reader) = phase else { return response }
        reader.read(&buffer)
        phase = .body(reader)
        guard reader.isComplete else { return nil }
        response?.body = reader.kept
        response?.isBodyCut = reader.isCut
        return response
    }

    /// `HTTP/1.1 403 Forbidden`
    private static func status(_ line: String) -> (code: Int, reason: String)? {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), parts[1].utf8.count == 3,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let code = Int(parts[1]), code >= 100
        else { return nil }
        return (code, parts.count == 3 ? String(parts[2]) : "")
    }

    private static func header(_ line: String) throws(StreamingError) -> HTTPHeader {
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
            !line[..<colon].contains(where: { $0 == " " || $0 == "\t" })
        else {
            throw StreamingError(.upgradeMalformed, "the head of the server's answer has a line that is no header")
        }
        return HTTPHeader(String(line[..<colon]), HTTPHeader.trimmed(line[colon...].dropFirst()))
    }
}

internal import CRICatalog
internal import FaultModel

/// The header blocks of the relay's own answers.
enum AnswerFields {
    static let headers: HeaderList = [
        HeaderField(":status", "200"), HeaderField("content-type", "application/grpc"),
    ]

    /// The block that ends an answer.
    ///
    /// - Parameters:
    ///   - isWhole: whether it is the whole answer.
    ///   - limit: the largest header list the client takes (relay-contract 15); what does not fit is left out, the
    ///     end of the text first.
    static func trailers(_ status: RPCStatus, isWhole: Bool, limit: Int) -> HeaderList {
        var fields = isWhole ? headers : []
        fields.append(HeaderField("grpc-status", "\(status.code.rawValue)"))
        var room = limit - fields.reduce(0) { $0 + $1.size }
        var message = percentEncoded(status.message)
        let overhead = HeaderField("grpc-message", "").size
        if message.count > room - overhead { message = cut(message, to: max(0, room - overhead)) }
        if !message.isEmpty {
            fields.append(HeaderField(Array("grpc-message".utf8), message))
            room -= overhead + message.count
        }
        if !status.details.isEmpty {
            let details = HeaderField("grpc-status-details-bin", base64(status.details))
            if details.size <= room { fields.append(details) }
        }
        return fields
    }

    /// `grpc-message` is percent-encoded; other bytes may not stand in a header.
    static func percentEncoded(_ text: String) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return text.utf8.flatMap { byte in
            (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "%")
                ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }

    /// Cut before an escape, not in it.
    private static func cut(_ text: [UInt8], to count: Int) -> [UInt8] {
        var result = text.prefix(count)
        if let escape = result.suffix(2).lastIndex(of: UInt8(ascii: "%")) { result = result[..<escape] }
        return Array(result)
    }

    /// Without padding, as gRPC sends binary headers.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for index in 0...group.count { result.append(alphabet[Int(word >> (18 - 6 * UInt32(index)) & 63)]) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

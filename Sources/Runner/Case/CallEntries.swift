import CRICatalog
import CRIClient
import Outcome

/// Calls as reports show them: JSON with secrets redacted and payloads capped.
struct CallEntries: Sendable {
    /// What one request or answer may take up in a report, in bytes.
    private static let payloadLimit = 8 << 10
    /// Messages of a stream that are shown.
    private static let messageLimit = 20

    private let renderer: RecordJSON
    private let codec: MessageCodec
    /// When the run began, for the times of calls.
    private let start: Timestamp

    init(_ catalog: Catalog, since start: Timestamp) {
        renderer = RecordJSON(catalog)
        codec = MessageCodec(catalog)
        self.start = start
    }

    func entry(_ call: CallRecord) -> CallEntry {
        CallEntry(
            number: call.id,
            rpc: call.rpc.name,
            code: call.code.name,
            message: call.message,
            source: call.source.rawValue,
            sentAt: Double(call.sentAt.monotonicNanoseconds - start.monotonicNanoseconds) / 1e9,
            seconds: call.elapsed.inSeconds,
            request: text(call.request, call.rpc.request),
            response: call.responses.prefix(Self.messageLimit).map { text($0, call.rpc.response) }
                .joined(separator: "\n")
        )
    }

    private func text(_ bytes: [UInt8], _ message: String) -> String {
        guard let record = try? codec.decode(bytes, as: message) else {
            return "(\(bytes.count) bytes that are no \(message))"
        }
        let json = String(decoding: renderer.render(record, redacted: true), as: UTF8.self)
        guard json.utf8.count > Self.payloadLimit else { return json }
        return "\(String(decoding: json.utf8.prefix(Self.payloadLimit), as: UTF8.self))… (\(json.utf8.count) bytes)"
    }
}

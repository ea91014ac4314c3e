internal import CRICatalog
internal import FaultModel
internal import FaultProxy
internal import Foundation

/// How a ledger's values are shown.
enum LedgerText {
    /// `180 us`, `12.3 ms`, `4.00 s`.
    static func time(_ microseconds: UInt64) -> String {
        switch microseconds {
        case ..<1000: "\(microseconds) us"
        case ..<1_000_000: "\(microseconds / 1000).\(microseconds / 100 % 10) ms"
        default: "\(Text.seconds(Double(microseconds) / 1_000_000)) s"
        }
    }

    /// `UNAVAILABLE`, `reset (CANCEL)`, `client gave up (CANCEL)`.
    static func answer(_ answer: RecordedCall.Answer) -> String {
        switch answer {
        case .status(let code): StatusCode(rawValue: code).name
        case .noStatus: "no status"
        case .clientReset(let code): "client gave up (\(HTTP2Code(rawValue: code)))"
        case .reset(let code): "reset (\(HTTP2Code(rawValue: code)))"
        case .lost: "connection lost"
        }
    }

    /// A time in UTC, from milliseconds since 1970.
    static func clock(_ milliseconds: Double) -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return Date(timeIntervalSince1970: milliseconds / 1000).formatted(style)
    }
}

internal import CRICatalog

/// What the error channel said about the end of a command.
public enum RemoteCommandStatus: Sendable, Hashable {
    /// Success: the command ended with 0. Before v4 it is the silence of the channel that says so.
    case succeeded
    /// The command ended with another exit code, 1 to 255.
    case exited(code: Int)
    /// Something else went wrong; not an exit status.
    case failed(Failure)
    /// The channel ended without a word although v4 demands one; client-go takes this for success. Or it was reset
    /// without a word in v1, whose servers reset it before they write to it, so that its silence says nothing.
    case absent
    /// The channel said something that is no Status, or one without the exit code it announces.
    case malformed(text: String, reason: String)

    /// A failure that is no exit status.
    public struct Failure: Sendable, Hashable {
        /// The Status' reason, `InternalError` for example; empty before v4.
        public let reason: String
        /// The message.
        public let message: String
        /// The Status' HTTP code, if it has one.
        public let code: Int?
    }

    /// The command's exit code, when the channel said one.
    public var exitCode: Int? {
        switch self {
        case .succeeded: 0
        case .exited(let code): code
        case .failed, .absent, .malformed: nil
        }
    }

    /// Reads what a channel said, as client-go's `errorDecoderV4` does.
    ///
    /// - Parameter wasReset: whether the channel ended with a reset.
    init(_ bytes: [UInt8], version: RemoteCommandVersion, wasReset: Bool = false) {
        let text = String(decoding: bytes, as: UTF8.self)
        if version == .v1, bytes.isEmpty, wasReset {
            self = .absent
        } else if version < .v4 {
            self = bytes.isEmpty ? .succeeded : .failed(Failure(reason: "", message: text, code: nil))
        } else if bytes.isEmpty {
            self = .absent
        } else {
            do {
                self = try Self.read(JSONValue.parse(bytes))
            } catch let error as Malformed {
                self = .malformed(text: text, reason: error.reason)
            } catch {
                self = .malformed(text: text, reason: "it is no JSON: \(error)")
            }
        }
    }

    private struct Malformed: Error { let reason: String }

    private static func read(_ status: JSONValue) throws -> Self {
        guard case .string(let outcome)? = status["status"] else { throw Malformed(reason: "it has no status") }
        let reason = text(status["reason"])
        switch outcome {
        case "Success": return .succeeded
        case "Failure" where reason == "NonZeroExitCode": return .exited(code: try exitCode(status["details"]))
        case "Failure":
            let code = if case .number(let digits)? = status["code"] { Int(digits) } else { Int?.none }
            return .failed(Failure(reason: reason, message: text(status["message"]), code: code))
        default: throw Malformed(reason: "its status is neither Success nor Failure")
        }
    }

    private static func exitCode(_ details: JSONValue?) throws -> Int {
        guard case .array(let causes)? = details?["causes"],
            let cause = causes.first(where: { text($0["reason"]) == "ExitCode" })
        else { throw Malformed(reason: "it is a NonZeroExitCode without an ExitCode cause") }
        let digits = text(cause["message"])
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let code = UInt8(digits) else {
            throw Malformed(reason: "its ExitCode is no number from 0 to 255")
        }
        return Int(code)
    }

    private static func text(_ value: JSONValue?) -> String {
        if case .string(let text)? = value { text } else { "" }
    }
}

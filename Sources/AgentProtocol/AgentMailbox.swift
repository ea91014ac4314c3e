import Foundation

/// The folder through which the agent in a container is asked, mounted there as `/crisol`.
///
/// `request-N` holds the question's words, each ended by a NUL; `answer-N` is JSON. Both are renamed into place, so
/// neither side ever reads half of one.
public struct AgentMailbox: Sendable {
    private let folder: String

    /// A mailbox in a folder of the node.
    public init(folder: String) { self.folder = folder }

    /// Asks a question and waits for its answer.
    ///
    /// - Returns: the `result` of the answer, as JSON text.
    /// - Throws: `AgentError`: no answer in time or the task was cancelled, a refusal, or something unreadable.
    public func ask(_ command: [String], deadline: Duration) async throws(AgentError) -> [UInt8] {
        let number = nextNumber()
        let request = command.map { Array($0.utf8) + [0] }.joined()
        do {
            let temporary = "\(folder)/ask-\(number).tmp"
            try Data(request).write(to: URL(fileURLWithPath: temporary))
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: temporary)
            try FileManager.default.moveItem(atPath: temporary, toPath: "\(folder)/request-\(number)")
        } catch {
            throw AgentError(.io, "the question could not be written: \(error.localizedDescription)")
        }
        return try Self.result(of: try await content(of: "answer-\(number)", deadline: deadline))
    }

    /// What the agent wrote about itself when it began.
    public func description(deadline: Duration) async throws(AgentError) -> [UInt8] {
        try await content(of: "description.json", deadline: deadline)
    }

    /// Questions are numbered from 1 without a gap; one task asks at a time.
    private func nextNumber() -> Int {
        var number = 1
        while FileManager.default.fileExists(atPath: "\(folder)/request-\(number)") { number += 1 }
        return number
    }

    private func content(of name: String, deadline: Duration) async throws(AgentError) -> [UInt8] {
        let clock = ContinuousClock()
        let end = clock.now + deadline
        var pause = Duration.milliseconds(4)
        while true {
            if let data = FileManager.default.contents(atPath: "\(folder)/\(name)") { return [UInt8](data) }
            guard clock.now < end else { throw AgentError(.noAnswer, "nothing came within \(deadline)") }
            do { try await Task.sleep(for: pause, clock: clock) } catch {
                throw AgentError(.noAnswer, "cancelled while waiting")
            }
            pause = min(pause * 3 / 2, .milliseconds(50))
        }
    }

    /// Takes the result out of `{"ok":true,"result":...}`.
    ///
    /// - Throws: `AgentError` when the agent was asked wrongly or refused, or the text is nothing it would write.
    public static func result(of answer: [UInt8]) throws(AgentError) -> [UInt8] {
        let begin = Array(#"{"ok":true,"result":"#.utf8)
        if answer.starts(with: begin), answer.last == UInt8(ascii: "}") {
            return Array(answer[begin.count..<(answer.count - 1)])
        }
        guard let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(answer)), !refusal.ok else {
            throw AgentError(.malformed, String(decoding: answer.prefix(400), as: UTF8.self))
        }
        // An agent that does not know the field never refused anything else.
        throw AgentError(refusal.misuse ?? true ? .misuse : .refused, refusal.error)
    }

    /// `{"ok":false,"misuse":true,"error":...}`.
    private struct Refusal: Decodable {
        let ok: Bool
        /// Whether the question was no question, so that the refusal says nothing about the container.
        let misuse: Bool?
        let error: String
    }
}

/// A question that got no good answer.
public struct AgentError: Error, Sendable, CustomStringConvertible {
    /// The kinds of trouble.
    public enum Code: Sendable {
        case noAnswer, refused, malformed, io, missing
        /// The question is none the agent knows, or its words are not those it takes.
        case misuse
    }

    /// What kind of trouble it is, for programs.
    public let code: Code
    /// What is wrong, for a person.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// How messages show it.
    public var description: String { message }
}

import Foundation
import Outcome
import Streaming

/// A person at one end of an exec or attach, the container at the other.
struct CommandStream: Sendable {
    /// How the streams are spoken, in the words of `--protocol`.
    enum Spoken: String, CaseIterable {
        case spdy, websocket

        var offer: RemoteCommandProtocol {
            switch self {
            case .spdy: .spdy
            case .websocket: .webSocket(offering: [.v5, .v4])
            }
        }
    }

    let streams: RemoteCommandStreams
    let spoken: Spoken
    /// Keys that leave the container alone and end the command; Docker's Ctrl-P Ctrl-Q.
    var detachKeys: [UInt8] = []

    /// Follows the URL until the command ends; its exit code.
    ///
    /// - Throws: `StreamingError`, and `CommandFailure` for what is no exit code.
    func run(url: String, isAttach: Bool) async throws -> Int32 {
        // A reader that goes away is seen by its write, not by a signal.
        signal(SIGPIPE, SIG_IGN)
        return try await Terminal.raw(if: streams.tty && streams.stdin) {
            let body: (RemoteCommandSession) async throws -> Int32 = { try await self.talk($0) }
            let outcome =
                isAttach
                ? try await withAttach(url: url, streams: streams, protocol: spoken.offer, body)
                : try await withExec(url: url, streams: streams, protocol: spoken.offer, body)
            switch outcome {
            case .completed(let code): return code
            case .notOffered(let negotiation):
                throw CommandFailure(
                    "the runtime's streaming server does not speak \(spoken.rawValue): it chose \(negotiation.chosen ?? "nothing")"
                )
            }
        }
    }

    /// What ended the command from this side.
    private enum End: Sendable {
        case status(RemoteCommandStatus)
        case detached
    }

    /// Whoever reads our output went away.
    private struct OutputGone: Error {}

    private func talk(_ session: RemoteCommandSession) async throws -> Int32 {
        let end: End
        do {
            end = try await withThrowingTaskGroup(of: End?.self) { group in
                group.addTask { .status(try await receive(session)) }
                if let stdin = session.stdin {
                    group.addTask { try await whileTaken { try await feed(stdin) ? .detached : nil } }
                }
                if streams.tty { group.addTask { try await whileTaken { try await follow(session) } } }
                while let next = try await group.next() {
                    guard let next else { continue }
                    group.cancelAll()
                    if case .detached = next { await session.drop() }
                    return next
                }
                return .detached
            }
        } catch is OutputGone {
            await session.drop()
            // As a shell says it of a command whose reader went away.
            return 128 + SIGPIPE
        }
        switch end {
        case .status(.succeeded), .detached: return 0
        case .status(.exited(let code)): return Int32(code)
        case .status(.failed(let failure)): throw CommandFailure(failure.message)
        case .status(.absent): throw CommandFailure("the runtime ended the stream without a status")
        case .status(.malformed(let text, let reason)):
            throw CommandFailure("the runtime's status cannot be read, \(reason): \(text.prefix(300))")
        }
    }

    /// Sends something until it is taken no more. The command may have ended, and what counts then is its status; a
    /// connection that is lost before there is one is told of by whoever waits for that.
    private func whileTaken(_ body: () async throws -> End?) async throws -> End? {
        do {
            return try await body()
        } catch let error as StreamingError where error.endsInput {
            return nil
        }
    }

    /// Writes out what comes until all of it is there and the status too.
    private func receive(_ session: RemoteCommandSession) async throws -> RemoteCommandStatus {
        try await withThrowingTaskGroup(of: RemoteCommandStatus?.self) { group in
            for (output, descriptor) in [(session.stdout, STDOUT_FILENO), (session.stderr, STDERR_FILENO)] {
                guard let output else { continue }
                group.addTask {
                    for try await bytes in output where !Terminal.write(bytes, to: descriptor) { throw OutputGone() }
                    return nil
                }
            }
            group.addTask { try await session.status() }
            var status = RemoteCommandStatus.absent
            while let next = try await group.next() { if let next { status = next } }
            return status
        }
    }

    /// Passes standard input on to its end.
    ///
    /// - Returns: whether the detach keys were among it.
    private func feed(_ stdin: StreamInput) async throws -> Bool {
        var matched = 0
        while true {
            let bytes = await Terminal.input()
            if Task.isCancelled { return false }
            if bytes.isEmpty {
                try await end(stdin)
                return false
            }
            for (index, byte) in bytes.enumerated() where !detachKeys.isEmpty {
                matched = byte == detachKeys[matched] ? matched + 1 : 0
                guard matched == detachKeys.count else { continue }
                // What was typed before the keys is the container's.
                try await stdin.write(Array(bytes[...index].dropLast(matched)))
                return true
            }
            try await stdin.write(bytes)
        }
    }

    /// Says that there is no more input, where the protocol has a word for it.
    private func end(_ stdin: StreamInput) async throws(StreamingError) {
        do {
            try await stdin.close()
        } catch  where error.code == .notPossible {
            Console.error(
                "crisol: standard input ended, which this WebSocket protocol cannot tell the command;"
                    + " if it waits for that, use --protocol spdy"
            )
        }
    }

    /// Tells the command the terminal's size, and again whenever it changes.
    private func follow(_ session: RemoteCommandSession) async throws -> End? {
        try await Terminal.follow { try await session.resize(width: $0, height: $1) }
        return nil
    }
}

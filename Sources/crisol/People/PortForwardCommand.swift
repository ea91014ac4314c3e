import ArgumentParser
import CRICatalog
import Foundation
import ManagedRuntime
import NIOCore
import NIOPosix
import Outcome
import Streaming
import Synchronization

struct PortForwardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port-forward",
        abstract: "Forward ports of this machine to a pod, until Ctrl-C.",
        discussion: """
            Listens on 127.0.0.1 and prints a line for each port when it does.

            EXAMPLES
              crisol port-forward 9c31 8080:80          this machine's 8080 to the pod's 80
              crisol port-forward 9c31 80 :5432         the same port, and one that is free
            """
    )

    @OptionGroup var target: EndpointOptions
    @Argument(help: "The sandbox's id, or the beginning of it.")
    var sandbox: String
    @Argument(help: "LOCAL:REMOTE, PORT for both, :REMOTE for a free one.")
    var ports: [String]

    /// A port of this machine and one of the pod.
    struct Pair {
        let local: UInt16
        let remote: UInt16

        init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard let remote = parts.last.flatMap({ UInt16($0) }), remote > 0, parts.count <= 2 else { return nil }
            self.remote = remote
            if parts.count == 1 {
                local = remote
            } else if parts[0].isEmpty {
                local = 0
            } else {
                guard let local = UInt16(parts[0]) else { return nil }
                self.local = local
            }
        }
    }

    func validate() throws {
        if ports.isEmpty { throw ValidationError("which ports? crisol port-forward \(sandbox) 8080:80") }
        for text in ports where Pair(text) == nil {
            throw ValidationError("'\(text)' is no LOCAL:REMOTE with ports from 1 to 65535")
        }
    }

    func run() async throws {
        let pairs = ports.compactMap { Pair($0) }
        let signals = Signals()
        try await withRuntime(target) { runtime in
            let serving = Serving()
            return try await withThrowingTaskGroup(of: Int32?.self) { group in
                // From the beginning: who has had enough of a runtime that hangs need not wait for its deadlines.
                group.addTask {
                    for await number in signals.numbers {
                        let isUsualEnd = serving.hasBegun && (number == SIGINT || number == SIGTERM)
                        return isUsualEnd ? 0 : 128 + number
                    }
                    return nil
                }
                group.addTask { try await open(pairs, runtime, serving) }
                defer { group.cancelAll() }
                while let code = try await group.next() { if let code { return code } }
                return 0
            }
        }
    }

    /// Forwards until the connection ends.
    ///
    /// - Parameter serving: is told when there is a connection to forward over.
    private func open(_ pairs: [Pair], _ runtime: RuntimeClient, _ serving: Serving) async throws -> Int32? {
        let id = try await runtime.sandbox(sandbox)
        let answer = try await runtime.call(
            "PortForward",
            ["podSandboxId": .text(id), "port": .list(pairs.map { .integer(Int128($0.remote)) })]
        )
        let outcome = try await withPortForward(url: answer["url"]?.text ?? "") { session in
            serving.begin()
            return try await serve(pairs, session)
        }
        guard case .completed = outcome else {
            throw CommandFailure("the runtime's streaming server does not speak SPDY port-forward")
        }
        return nil
    }

    private func serve(_ pairs: [Pair], _ session: PortForwardSession) async throws {
        var servers: [(server: ConnectionListener, remote: UInt16)] = []
        for pair in pairs {
            let server = try await listen(on: pair.local)
            Console.line("127.0.0.1:\(server.port) -> \(pair.remote)")
            servers.append((server, pair.remote))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (server, remote) in servers { group.addTask { await accept(server, session, remote) } }
            group.addTask {
                try await session.waitUntilClosed()
                throw CommandFailure("the runtime closed the connection: did the pod end?")
            }
            defer { group.cancelAll() }
            try await group.waitForAll()
        }
    }

    private func listen(on port: UInt16) async throws -> ConnectionListener {
        do {
            return try await ConnectionListener.listen { $0.bind(host: "127.0.0.1", port: Int(port)) }
        } catch {
            throw CommandFailure("127.0.0.1:\(port) cannot be listened on: \(error)")
        }
    }

    private func accept(_ server: ConnectionListener, _ session: PortForwardSession, _ remote: UInt16) async {
        await server.serve { connection in
            do { try await forward(connection, session, remote) } catch {
                if Task.isCancelled { return }
                Console.error("crisol: \(remote): \(Console.safe("\(error)"))")
            }
        }
    }

    private func forward(_ connection: any Channel, _ session: PortForwardSession, _ remote: UInt16) async throws {
        try await connection.withBytes(halfCloses: true) { inbound, outbound in
            let pod = try await session.open(port: remote)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await buffer in inbound { try await pod.input.write(Array(buffer.readableBytesView)) }
                    try await pod.input.close()
                }
                group.addTask {
                    for try await bytes in pod.output { try await outbound.write(ByteBuffer(bytes: bytes)) }
                    outbound.finish()
                    if let text = try await pod.error() { throw CommandFailure(text) }
                }
                try await group.waitForAll()
            }
        }
    }
}

/// Whether there is a connection to forward over: a signal is the usual end only then.
private final class Serving: Sendable {
    private let flag = Atomic<Bool>(false)

    var hasBegun: Bool { flag.load(ordering: .relaxed) }

    func begin() { flag.store(true, ordering: .relaxed) }
}

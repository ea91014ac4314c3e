import CRICatalog
import CRIClient
import FakeCRI
import Foundation
import Synchronization
import Testing

/// relay-contract 19 and 21: an upgrade cuts no call, and a crash costs one reconnect.
@Suite(.timeLimit(.minutes(10)))
struct ProxyTakeoverTests {
    private static let script = FakeScript { request in
        switch request[":path"]?.split(separator: "/").last {
        case "PullImage": []
        case "GetContainerEvents": [FakeAction.answerHeaders, FakeAction.message([1])]
        default: FakeAction.ok([])
        }
    }

    private struct Place: Sendable {
        var connection = 0
        var stream: UInt32 = 0
    }

    private static func place(_ fake: FakeRuntime) async -> Place {
        let found = Mutex(Place())
        await fake.wait { event in
            guard case .request(let connection, let stream) = event else { return false }
            found.withLock { $0 = Place(connection: connection, stream: stream) }
            return true
        }
        return found.withLock { $0 }
    }

    @Test func `Replaced by another, an event stream and a pull go on through the old one`() async throws {
        try await ProxyScene.run(Self.script) { scene in
            let first = Task {
                try await ProxyProgram.run(scene.arguments) { proxy in
                    try await withCRIClient(runtime: Endpoint(scene.socket)) { client in
                        let (events, continuation) = AsyncStream.makeStream(of: [UInt8].self)
                        let rpc = try #require(Catalog.cri.rpc(named: "GetContainerEvents"))
                        let stream = Task {
                            await client.stream(rpc, request: [], options: CRICallOptions()) { continuation.yield($0) }
                        }
                        var arriving = events.makeAsyncIterator()
                        let streamPlace = await Self.place(scene.runtime)
                        #expect(await arriving.next() == [1])
                        let pull = Task { try await client.call("PullImage", json: #"{"image": {"image": "a"}}"#) }
                        let pullPlace = await Self.place(scene.runtime)
                        try await ProxyProgram.run(scene.arguments + ["--replace"]) { next in
                            await next.wait(for: "process \(proxy.pid) was asked to end")
                            await proxy.wait(for: "ending with the last call")
                            #expect(try await scene.json("status")["pid"] as? Int == Int(next.pid))
                            // New calls find the new one, over a new connection or the old client's next.
                            let other = try await withCRIClient(runtime: Endpoint(scene.socket)) {
                                try await $0.call("Version", json: "{}").code
                            }
                            #expect(other == .ok)
                            let runtime = scene.runtime
                            runtime.play(
                                [.message([2])],
                                connection: streamPlace.connection,
                                stream: streamPlace.stream
                            )
                            #expect(await arriving.next() == [2])
                            runtime.play(
                                FakeAction.ok([9]),
                                connection: pullPlace.connection,
                                stream: pullPlace.stream
                            )
                            #expect(try await pull.value.responses == [[9]])
                            runtime.play(
                                [.message([3]), .trailers()],
                                connection: streamPlace.connection,
                                stream: streamPlace.stream
                            )
                            #expect(await arriving.next() == [3])
                            #expect(await stream.value.code == .ok)
                            await proxy.end()
                            #expect(try await client.call("Version", json: "{}").code == .ok)
                        }
                    }
                }
            }
            let ending = try await first.value
            #expect(ending.code == 0, "\(ending.output)")
        }
    }

    @Test func `The same command line with --replace takes everything over, the address of the metrics too`()
        async throws
    {
        try await ProxyScene.run(Self.script) { scene in
            let first = Task {
                try await ProxyProgram.run(scene.arguments + ["--metrics", "127.0.0.1:0"]) { proxy in
                    let address = try #require(proxy.announcement.firstMatch(of: /metrics http:\/\/([0-9.:]+)/)).1
                    let same = scene.arguments + ["--metrics", String(address)]
                    // Without the word it is a mistake, and nothing happens.
                    let mistaken = try await CrisolProgram.run(["proxy"] + same)
                    #expect(mistaken.code == 3, "\(mistaken.output)")
                    let ending = try await ProxyProgram.run(same + ["--replace"]) { next in
                        await next.wait(for: "process \(proxy.pid) was asked to end")
                        await proxy.end()
                        let status = try await scene.json("status")
                        #expect(status["pid"] as? Int == Int(next.pid))
                        for name in ["p.old", "c.old"] {
                            #expect(!FileManager.default.fileExists(atPath: "\(scene.folder)/\(name)"))
                        }
                    }
                    #expect(ending.code == 0, "\(ending.output)")
                }
            }
            let ending = try await first.value
            #expect(ending.code == 0, "\(ending.output)")
        }
    }

    @Test func `A takeover that fails leaves the one that runs in its place`() async throws {
        try await ProxyScene.run(Self.script) { scene in
            // Somebody else's port, which they do not share.
            let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(taken) }
            #expect(listen(taken, 1) == 0)
            var name = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let failure = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(taken, $0, &length) }
            }
            #expect(failure == 0)
            let port = UInt16(bigEndian: name.sin_port)
            let ending = try await ProxyProgram.run(scene.arguments) { proxy in
                let failed = try await CrisolProgram.run(
                    ["proxy"] + scene.arguments + ["--replace", "--metrics", "127.0.0.1:\(port)"]
                )
                #expect(failed.code == 3, "\(failed.output)")
                #expect(failed.output.contains("metrics cannot be served"), "\(failed.output)")
                let status = try await scene.json("status")
                #expect(status["pid"] as? Int == Int(proxy.pid))
                let code = try await withCRIClient(runtime: Endpoint(scene.socket)) {
                    try await $0.call("Version", json: "{}").code
                }
                #expect(code == .ok)
            }
            #expect(ending.code == 0, "\(ending.output)")
            for file in [scene.socket, scene.control] { #expect(!FileManager.default.fileExists(atPath: file)) }
        }
    }

    @Test func `The control socket of somebody who is not replaced is left alone`() async throws {
        try await ProxyScene.run(Self.script) { scene in
            let ending = try await ProxyProgram.run(scene.arguments) { proxy in
                let upstream = "unix://\(scene.folder)/r"
                let own = ["proxy", "--replace", "--listen", "unix://\(scene.folder)/q", "--upstream", upstream]
                // Another proxy's, and by mistake the runtime's own.
                let other = try await CrisolProgram.run(own + ["--control", "unix://\(scene.control)"])
                #expect(other.code == 3, "\(other.output)")
                #expect(other.output.contains("another 'crisol proxy' (process \(proxy.pid))"), "\(other.output)")
                let mistaken = try await CrisolProgram.run(own + ["--control", upstream])
                #expect(mistaken.code == 3, "\(mistaken.output)")
                #expect(mistaken.output.contains("only a 'crisol proxy' is replaced"), "\(mistaken.output)")
                let status = try await scene.json("status")
                #expect(status["pid"] as? Int == Int(proxy.pid))
                let code = try await withCRIClient(runtime: Endpoint("\(scene.folder)/r")) {
                    try await $0.call("Version", json: "{}").code
                }
                #expect(code == .ok)
            }
            #expect(ending.code == 0, "\(ending.output)")
        }
    }

    /// What sixteen callers saw.
    private final class Outcome: Sendable {
        private struct State {
            var successes = 0
            var failures: [Int: Int] = [:]
            var isOver = false
            var waiting: (goal: Int, continuation: CheckedContinuation<Void, Never>)?
        }

        private let state = Mutex(State())

        var successes: Int { state.withLock { $0.successes } }
        /// By caller.
        var failures: [Int: Int] { state.withLock { $0.failures } }
        var isOver: Bool { state.withLock { $0.isOver } }

        func succeeded() {
            let reached = state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.successes += 1
                guard let waiting = state.waiting, state.successes >= waiting.goal else { return nil }
                state.waiting = nil
                return waiting.continuation
            }
            reached?.resume()
        }

        /// Waits for so many more successes; one waiter at a time.
        func next(_ count: Int) async {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.waiting = (goal: state.successes + count, continuation: continuation)
                }
            }
        }

        func failed(_ caller: Int) { state.withLock { $0.failures[caller, default: 0] += 1 } }
        func end() { state.withLock { $0.isOver = true } }
    }

    @Test func `Under a supervisor that keeps the socket, a crash under load costs each caller one call`() async throws
    {
        try await ProxyScene.run { scene in
            let socket = try ListeningSocket(path: scene.socket)
            defer { socket.close() }
            let arguments = ["--upstream", "unix://\(scene.folder)/r", "--control", "none"]
            let environment = ["SWIFT_BACKTRACE": "enable=no"]
            let outcome = Outcome()
            let calling = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            try await withCRIClient(runtime: Endpoint(scene.socket)) { client in
                                try await withThrowingTaskGroup(of: Void.self) { callers in
                                    for caller in 0..<4 {
                                        callers.addTask {
                                            while !outcome.isOver {
                                                if try await client.call("Status", json: "{}").code == .ok {
                                                    outcome.succeeded()
                                                } else {
                                                    outcome.failed(number * 4 + caller)
                                                }
                                            }
                                        }
                                    }
                                    try await callers.waitForAll()
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            func waitForCalls() async { await outcome.next(200) }
            let crash = try await ProxyProgram.run(
                arguments,
                environment: environment,
                listening: socket.descriptor
            ) { proxy in
                #expect(proxy.announcement.contains("listening on unix://\(scene.socket)"))
                await waitForCalls()
                #expect(outcome.failures == [:])
                proxy.signal(SIGSEGV)
                await proxy.end()
            }
            #expect(crash.code == 128 + SIGSEGV, "\(crash.output)")
            let next = try await ProxyProgram.run(
                arguments,
                environment: environment,
                listening: socket.descriptor
            ) { _ in
                await waitForCalls()
                outcome.end()
                try await calling.value
            }
            #expect(next.code == 0, "\(next.output)")
            #expect(outcome.failures.values.allSatisfy { $0 == 1 }, "\(outcome.failures)")
        }
    }
}

import CRICatalog
import CRIClient
import FakeCRI
import FaultModel
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import FaultProxy

/// A relay between sixteen callers, over eight connections, and a runtime that answers all they ask.
struct LoadScene: Sendable {
    static let clients = 4
    static let callersPerClient = 4
    static let callers = clients * callersPerClient

    let relay: Relay
    let endpoint: Endpoint
    let runtime: FakeRuntime
    let executed: Executed

    /// How often the runtime was asked what, in full.
    final class Executed: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        func count(_ request: FakeRequest) {
            let method = request[":path"]?.split(separator: "/").last.map(String.init) ?? "?"
            counts.withLock { $0[method, default: 0] += 1 }
        }

        subscript(method: String) -> Int { counts.withLock { $0[method] ?? 0 } }
    }

    static func run(
        _ control: FaultControl = FaultControl(),
        ledger: String? = nil,
        threads: Int = 2,
        _ body: (LoadScene) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let executed = Executed()
            let script = FakeScript { request in
                executed.count(request)
                return FakeAction.ok([])
            }
            try await FakeRuntime.run(script, at: Endpoint(folder + "/runtime")) { runtime in
                var configuration = Relay.Configuration(
                    listenPath: folder + "/relay",
                    runtimePath: folder + "/runtime",
                    threads: threads
                )
                configuration.ledger = ledger.map {
                    let header = LedgerHeader(seed: control.seed, began: 1, process: 1)
                    return LedgerConfiguration(path: $0, header: header)
                }
                try await Relay.run(configuration, control: control) { relay in
                    let endpoint = try Endpoint(folder + "/relay")
                    try await body(LoadScene(relay: relay, endpoint: endpoint, runtime: runtime, executed: executed))
                }
            }
        }
    }

    /// Runs the work of all callers at the same time.
    func call(_ work: @escaping @Sendable (_ caller: Int, CRIClient) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<Self.clients {
                group.addTask {
                    try await withCRIClient(runtime: endpoint) { client in
                        try await withThrowingTaskGroup(of: Void.self) { callers in
                            for caller in 0..<Self.callersPerClient {
                                callers.addTask { try await work(number * Self.callersPerClient + caller, client) }
                            }
                            try await callers.waitForAll()
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Waits for something that happens by itself.
    func wait(until condition: @escaping @Sendable () -> Bool) async throws { try await happens(condition) }
}

/// The parent of tests in which many call at once: they run one after the other, so that each has the machine.
@Suite(.serialized, .timeLimit(.minutes(10))) enum LoadTests {}

/// Looks again and again, from a timer and so without keeping a thread, until something has happened.
func happens(_ condition: @escaping @Sendable () -> Bool) async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let promise = loop.makePromise(of: Void.self)
    loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(2)) { task in
        guard condition() else { return }
        task.cancel()
        promise.succeed(())
    }
    try await promise.futureResult.get()
}

/// Counts of things by name, from many tasks.
final class Tally: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func add(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }

    var all: [String: Int] { counts.withLock { $0 } }

    var total: Int { counts.withLock { $0.values.reduce(0, +) } }

    subscript(name: String) -> Int { counts.withLock { $0[name] ?? 0 } }
}

extension FaultRule {
    /// A rule about node calls.
    static func node(
        _ id: String,
        _ methods: [Glob],
        _ fault: Fault,
        probability: Double = 1,
        ttl: Duration = .seconds(600)
    ) -> FaultRule {
        FaultRule(
            id,
            Match(methods: methods, includesNodeCalls: true),
            FaultSequence(fault),
            probability: probability,
            ttl: ttl
        )
    }
}

import CRICatalog
import CRIClient
import FakeCRI
import Foundation
import Synchronization
import Testing

/// The commands for people where something is wrong on either side of them. A fake, because a real runtime does not hang
/// when it is asked to.
@Suite(.timeLimit(.minutes(10)))
struct PeopleFakeTests {
    private static func encoded(_ json: String, as message: String) throws -> [UInt8] {
        MessageCodec().encode(try RecordJSON().parse(Array(json.utf8), as: message))
    }

    /// A few lines lie in the pipe when the reader goes, many are still being written then.
    @Test(arguments: [2, 20_000])
    func `logs ends when nobody reads any more, with what a shell says of that`(lines: Int) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let line = "2024-01-02T03:04:05.000000006Z stdout F one\n"
        try folder.write("log", String(repeating: line, count: lines))
        let list = try Self.encoded(#"{"containers": [{"id": "c1"}]}"#, as: "ListContainersResponse")
        func status(_ state: String) throws -> [UInt8] {
            let json = #"{"status": {"id": "c1", "state": "\#(state)", "logPath": "\#(folder.path)/log"}}"#
            return try Self.encoded(json, as: "ContainerStatusResponse")
        }
        let (running, exited) = (try status("CONTAINER_RUNNING"), try status("CONTAINER_EXITED"))
        let asked = Atomic<Int>(0)
        let script = FakeScript { request in
            switch request[":path"]?.split(separator: "/").last {
            case "ListContainers": return FakeAction.ok(list)
            // A command that goes on for as long as the container does must end some time.
            default: return FakeAction.ok(asked.add(1, ordering: .relaxed).newValue < 50 ? running : exited)
            }
        }
        let ending = try await FakeRuntime.run(script, at: Endpoint("\(folder.path)/r")) { _ in
            try await CrisolProgram.run(
                ["logs", "--follow", "--endpoint", "unix://\(folder.path)/r", "c1"],
                lines: 1
            )
        }
        #expect(ending.output == "one\n")
        #expect(ending.code == 128 + SIGPIPE)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `port-forward heeds signals while the runtime hangs`(signal: Int32) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let list = try Self.encoded(#"{"items": [{"id": "p1"}]}"#, as: "ListPodSandboxResponse")
        let script = FakeScript { request in
            request[":path"]?.split(separator: "/").last == "ListPodSandbox" ? FakeAction.ok(list) : []
        }
        let ending = try await FakeRuntime.run(script, at: Endpoint("\(folder.path)/r")) { runtime in
            let (started, continuation) = AsyncStream.makeStream(of: pid_t.self)
            async let ending = CrisolProgram.run(
                ["port-forward", "--endpoint", "unix://\(folder.path)/r", "p1", "8080"],
                whenStarted: { continuation.yield($0) }
            )
            let pid = try #require(await started.first { _ in true })
            for _ in 0..<2 { await runtime.wait { if case .request = $0 { true } else { false } } }
            kill(pid, signal)
            return try await ending
        }
        #expect(ending.code == 128 + signal, "\(ending.output)")
    }
}

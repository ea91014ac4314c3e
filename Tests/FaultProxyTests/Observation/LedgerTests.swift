import CRICatalog
import FaultModel
import Foundation
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import FaultProxy

/// relay-contract 24.
@Suite(.timeLimit(.minutes(10)))
struct LedgerTests {
    private static func record(_ path: String = "/s/M", _ ending: CallRecord.Ending = .answered(status: 0))
        -> CallRecord
    {
        var record = CallRecord(connection: 3, stream: 5, path: Array(path.utf8), began: 1_000_000)
        record.ended = 3_500_000
        record.ending = ending
        record.execution = .yes
        return record
    }

    private static func line(_ record: CallRecord) throws -> [String: Any] {
        var buffer = ByteBuffer()
        LedgerLine.write(record, wall: 1_700_000_000_123_456_789, into: &buffer)
        let data = Data(buffer.readableBytesView)
        #expect(data.last == UInt8(ascii: "\n"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func `A line tells what was decided, whether it was executed and what was answered`() throws {
        let decider = RuleDecider([Scene.rule("Status", .error(RPCStatus(.unavailable)))])
        guard case .act(let decisions) = decider.decide(CallFacts(path: "/runtime.v1.RuntimeService/Status"), at: 0)
        else {
            Issue.record("nothing decided")
            return
        }
        var record = Self.record()
        record.decisions = decisions
        record.execution = .no
        record.note = .unreadable
        let line = try Self.line(record)
        #expect(line["connection"] as? Int == 3)
        #expect(line["us"] as? Int == 2500)
        #expect(line["executed"] as? String == "no")
        #expect(line["answer"] as? Int == 0)
        #expect(line["note"] as? String == "unreadable")
        #expect(line["t"] as? Double == 1_700_000_000_123.456)
        let decision = try #require((line["decisions"] as? [[String: Any]])?.first)
        #expect(decision["rule"] as? String == "error")
        #expect(decision["key"] as? String == "Status")
        #expect(decision["n"] as? Int == 1)
    }

    /// What is lost on the way back was answered by the runtime all the same, and the ledger tells both.
    @Test func `What the runtime said stands beside what its client was told`() throws {
        let recorder = Recorder()
        let scene = Scene(
            Scene.rule("Status", .loseResponse(.status(RPCStatus(.unavailable)))),
            observer: recorder
        )
        scene.call(1)
        scene.wait(.milliseconds(7))
        scene.answer(1, status: 5)
        let record = try #require(recorder.records.first)
        let line = try Self.line(record)
        #expect(line["executed"] as? String == "yes")
        #expect(line["answer"] as? Int == 14)
        let runtime = try #require(line["runtime"] as? [String: Any])
        #expect(runtime["answer"] as? Int == 5)
        #expect(runtime["us"] as? Int == 7000)
        let call = try Self.read(record)
        #expect(call.isExecutedUnanswered)
        #expect(call.addedMicroseconds == 0)
    }

    @Test func `What the runtime never had it did not say anything to`() throws {
        let recorder = Recorder()
        let scene = Scene(Scene.rule("Status", .error(RPCStatus(.unavailable))), observer: recorder)
        scene.call(1)
        let record = try #require(recorder.records.first)
        #expect(try Self.line(record)["runtime"] == nil)
        #expect(record.execution == .no)
        #expect(try !Self.read(record).isExecutedUnanswered)
    }

    @Test func `A reset of the runtime is what it said`() throws {
        let recorder = Recorder()
        let scene = Scene(Scene.rule("Status", .delay(Delay(.fixed(.seconds(1)), .after))), observer: recorder)
        scene.call(1)
        scene.runtime(Wire.reset(7, stream: 1))
        scene.wait(.seconds(2))
        let record = try #require(recorder.records.first)
        #expect(record.runtime == CallRecord.RuntimeEnding(ending: .runtimeReset(7), time: 0))
    }

    @Test func `Messages that were dropped are counted in a member of their own, if there are any`() throws {
        var record = Self.record()
        #expect(try Self.line(record)["dropped"] == nil)
        #expect(try Self.read(record).dropped == 0)
        record.dropped = 7
        #expect(try Self.read(record).dropped == 7)
    }

    /// The line, as the reader of ledgers reads it.
    private static func read(_ record: CallRecord) throws -> RecordedCall {
        var buffer = ByteBuffer()
        LedgerLine.write(record, wall: 1_700_000_000_000_000_000, into: &buffer)
        var calls: [RecordedCall] = []
        var reader = LedgerReader()
        reader.read(buffer.readableBytesView) { _, line in
            if case .call(let call) = line { calls.append(call) } else { Issue.record("\(line)") }
        }
        return try #require(calls.first)
    }

    @Test(arguments: [
        (CallRecord.Ending.answered(status: nil), "no-status"), (.clientReset(8), "client-reset-8"),
        (.runtimeReset(2), "reset-2"), (.lost, "lost"),
    ])
    func `Every ending has its word`(ending: CallRecord.Ending, word: String) throws {
        #expect(try Self.line(Self.record("/s/M", ending))["answer"] as? String == word)
    }

    @Test func `A hostile path is a string of bounded length all the same`() throws {
        let path = String(repeating: "\"\\\n\u{0}é", count: 1000)
        let line = try Self.line(Self.record(path))
        #expect((line["path"] as? String)?.count ?? 0 <= 256)
    }

    @Test func `Lines are written, and the file rotates and keeps so many`() async throws {
        try await withFolder { folder in
            let path = folder + "/ledger"
            let configuration = LedgerConfiguration(path: path, maxBytes: 4096, generations: 2)
            for _ in 0..<10 {
                let ledger = try Ledger(configuration, on: MultiThreadedEventLoopGroup.singleton.next())
                for _ in 0..<20 { ledger.append(Self.record()) }
                await ledger.close()
                #expect(ledger.dropped == 0)
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(files == ["ledger", "ledger.1", "ledger.2"])
            for file in files {
                let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
                #expect(text.utf8.count <= 4096)
                #expect(text.hasSuffix("}\n"))
            }
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `When the writer cannot keep up, lines are dropped and counted, and nobody waits`() async throws {
        try await withFolder { folder in
            // Nothing happens on this loop by itself.
            let loop = NIOAsyncTestingEventLoop()
            let ledger = try Ledger(LedgerConfiguration(path: folder + "/ledger"), on: loop)
            for _ in 0..<60_000 { ledger.append(Self.record()) }
            #expect(ledger.dropped > 0)
            await ledger.close()
            await loop.shutdownGracefully()
            let size = try FileManager.default.attributesOfItem(atPath: folder + "/ledger")[.size] as? Int ?? 0
            #expect(size <= Ledger.waitingLimit + 1000)
            #expect(size > Ledger.waitingLimit / 2)
        }
    }

    @Test func `A ledger that cannot be written to is said so before the relay starts`() async throws {
        try await withFolder { folder in
            let configuration = Relay.Configuration(
                listenPath: folder + "/relay",
                runtimePath: folder + "/runtime",
                ledger: LedgerConfiguration(path: folder + "/no/such/folder")
            )
            await #expect(throws: SocketError.self) { try await Relay.run(configuration) { _ in } }
            #expect(!FileManager.default.fileExists(atPath: folder + "/relay"))
        }
    }

    @Test func `A connection that is refused has a line, although nothing was called on it`() async throws {
        try await withFolder { folder in
            let runtime = try await Listener(at: folder + "/runtime")
            let configuration = Relay.Configuration(
                listenPath: folder + "/relay",
                runtimePath: folder + "/runtime",
                ledger: LedgerConfiguration(path: folder + "/ledger")
            )
            let control = FaultControl()
            control.arm(FaultRule("away", Match(includesNodeCalls: true), .refuse))
            try await Relay.run(configuration, control: control) { _ in
                let client = try await Peer.connect(to: folder + "/relay")
                #expect(await client.receiveAll() == [])
            }
            var lines: [LedgerReader.Line] = []
            var reader = LedgerReader()
            reader.read(Array(FileManager.default.contents(atPath: folder + "/ledger") ?? Data())) { lines.append($1) }
            guard case .connection(let connection)? = lines.first else {
                Issue.record("\(lines)")
                return
            }
            #expect(connection.number == 1)
            #expect(connection.decisions.map(\.rule) == ["away"])
            #expect(connection.decisions.map(\.fault) == ["refuse"])
            try await runtime.close()
        }
    }

    @Test func `A relay writes down its calls and counts them`() async throws {
        try await withFolder { folder in
            let runtime = try await Listener(at: folder + "/runtime")
            let configuration = Relay.Configuration(
                listenPath: folder + "/relay",
                runtimePath: folder + "/runtime",
                ledger: LedgerConfiguration(path: folder + "/ledger")
            )
            try await Relay.run(configuration) { relay in
                let client = try await Peer.connect(to: folder + "/relay")
                let server = try await runtime.accept()
                try await client.send(Wire.preface + Wire.settings())
                _ = await server.receive(24)
                try await client.call("Version", 1)
                _ = await server.lines(2)
                try await server.answer(1)
                _ = await client.lines(3)
                let text = relay.metrics
                #expect(
                    text.contains(
                        #"crisol_proxy_calls_total{method="/runtime.v1.RuntimeService/Version",ending="status-0"} 1"#
                    )
                )
                #expect(text.contains(#"injected="no",le="+Inf"} 1"#))
                #expect(text.contains("crisol_proxy_connections 1"))
            }
            let text = try String(contentsOfFile: folder + "/ledger", encoding: .utf8)
            #expect(text.contains(#""path":"/runtime.v1.RuntimeService/Version""#))
            #expect(text.split(separator: "\n").count == 1)
            try await runtime.close()
        }
    }
}

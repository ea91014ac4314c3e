import CRICatalog
import FaultModel
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import FaultProxy

/// Sessions through a relay: a peer on a TCP port stands for the runtime's streaming server, because what is said in a
/// session must be in the test's hands.
@Suite(.timeLimit(.minutes(10)))
struct SessionRelayTests {
    private static let upgrade = Array("HTTP/1.1 101 Switching Protocols\r\n\r\n".utf8)
    private static let request = Array("POST /exec/tok HTTP/1.1\r\nUpgrade: SPDY/3.1\r\n\r\n".utf8)

    /// A session that has begun.
    private struct Scene {
        let relay: Relay
        let control: FaultControl
        let client: Peer
        let server: Peer
        let folder: String

        /// The ledger's line about the session, once it is there.
        func session() async throws -> RecordedSession {
            while true {
                let bytes = FileManager.default.contents(atPath: folder + "/ledger") ?? Data()
                var reader = LedgerReader()
                var found: RecordedSession?
                reader.read(Array(bytes)) { _, line in
                    if case .session(let session) = line { found = session }
                }
                if let found { return found }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private static func url(_ answer: [UInt8]) throws -> String {
        let record = try MessageCodec().decode(Array(answer.dropFirst(5)), as: "ExecResponse")
        guard case .text(let url)? = record["url"] else { return "" }
        return url
    }

    /// Asks for an exec through a relay with one rule and follows its URL.
    private static func run(_ fault: ByteFault?, host: String = "127.0.0.1", _ body: (Scene) async throws -> Void)
        async throws
    {
        try await withFolder { folder in
            let control = FaultControl()
            let runtime = try await Listener(at: folder + "/runtime")
            let streams = try await Listener(host: host)
            var configuration = Relay.Configuration(listenPath: folder + "/relay", runtimePath: folder + "/runtime")
            configuration.ledger = LedgerConfiguration(path: folder + "/ledger")
            if let fault {
                let match = Match(methods: [Glob("Exec")], includesNodeCalls: true)
                try learn(control)
                control.arm(FaultRule("session", match, .bytes(fault)))
            }
            try await Relay.run(configuration, control: control) { relay in
                if fault != nil { try await Peer.answerSeed(runtime) }
                let theirs = "http://\(host):\(streams.port)/exec/tok"
                let ours = try await Self.exec(folder, runtime, theirs)
                if fault == nil {
                    #expect(ours == theirs)
                } else {
                    #expect(ours != theirs && ours.hasPrefix("http://\(host):") && ours.hasSuffix("/exec/tok"))
                }
                let port = try #require(URL(string: ours)?.port)
                let address = host.trimmingCharacters(in: ["[", "]"])
                let client = try await Peer.connect(SocketAddress(ipAddress: address, port: port))
                try await client.send(Self.request)
                let server = try await streams.accept()
                #expect(await server.receive(Self.request.count) == Self.request)
                try await server.send(Self.upgrade)
                #expect(await client.receive(Self.upgrade.count) == Self.upgrade)
                try await body(
                    Scene(relay: relay, control: control, client: client, server: server, folder: folder)
                )
                try await client.close()
                try await server.close()
            }
            try await runtime.close()
            try await streams.close()
        }
    }

    /// Whose the container is: a rule leaves alone what nobody knows.
    private static func learn(_ control: FaultControl) throws {
        for (name, json) in [
            ("ListPodSandbox", #"{"items": [{"id": "p", "metadata": {"name": "n", "namespace": "ns", "uid": "u"}}]}"#),
            ("ListContainers", #"{"containers": [{"id": "c", "podSandboxId": "p", "metadata": {"name": "m"}}]}"#),
        ] {
            let rpc = try #require(Catalog.cri.rpc(named: name))
            let answer = MessageCodec().encode(try RecordJSON().parse(Array(json.utf8), as: rpc.response))
            control.learn(from: rpc, request: [], response: answer)
        }
    }

    /// The URL that a client gets for an exec.
    private static func exec(_ folder: String, _ runtime: Listener, _ url: String) async throws -> String {
        let client = try await Peer.connect(to: folder + "/relay")
        let server = try await runtime.accept()
        try await client.send(Wire.preface + Wire.settings())
        _ = await server.receive(24)
        try await server.send(Wire.settings())
        let exec = Record(type: "ExecRequest", fields: ["containerId": .text("c")])
        try await client.call("Exec", 1, MessageCodec().encode(exec))
        _ = await server.lines(2)
        let message = MessageCodec().encode(Record(type: "ExecResponse", fields: ["url": .text(url)]))
        try await server.answer(1, message)
        _ = await client.frame()
        let (_, payload) = try #require(await client.frame())
        try await client.close()
        return try Self.url(payload)
    }

    @Test func `A runtime that never closes what its client has closed does not keep the session`() async throws {
        try await Self.run(ByteFault(.truncate, after: 4)) { scene in
            try await scene.client.close()
            #expect(await scene.server.receiveAll() == [])
            // The server says nothing and stays; the relay's own end is the only one there can be.
            _ = try await scene.session()
        }
    }

    @Test func `Without a rule the URL is the runtime's`() async throws {
        try await Self.run(nil) { scene in
            try await scene.server.send([1, 2, 3])
            #expect(await scene.client.receive(3) == [1, 2, 3])
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"].filter(Listener.canListen))
    func `A session that never has so many bytes is whole, ends of both directions included`(host: String)
        async throws
    {
        try await Self.run(ByteFault(.reset, after: 1 << 30), host: host == "::1" ? "[::1]" : host) { scene in
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            scene.client.post(bytes)
            #expect(await scene.server.receive(bytes.count) == bytes)
            try await scene.client.finish()
            #expect(await scene.server.receiveAll() == [])
            // Half closed: the answer still comes.
            scene.server.post(bytes)
            #expect(await scene.client.receive(bytes.count) == bytes)
            try await scene.server.finish()
            #expect(await scene.client.receiveAll() == [])
            let session = try await scene.session()
            #expect(session.rule == "session" && !session.hasStruck)
            #expect(session.requestBytes == 200_000 && session.responseBytes == 200_000)
        }
    }

    @Test func `A truncated direction ends early, and the other one goes on`() async throws {
        try await Self.run(ByteFault(.truncate, after: 3, direction: .response)) { scene in
            try await scene.server.send([1, 2, 3, 4, 5])
            #expect(await scene.client.receiveAll() == [1, 2, 3])
            try await scene.client.send([9])
            #expect(await scene.server.receive(1) == [9])
            try await scene.client.close()
            try await scene.server.close()
            let session = try await scene.session()
            #expect(session.hasStruck && session.responseBytes == 3 && session.requestBytes == 1)
        }
    }

    @Test func `A reset session breaks off at both ends`() async throws {
        try await Self.run(ByteFault(.reset, after: 2, direction: .request)) { scene in
            scene.client.post([1, 2, 3])
            // A reset may take with it what was on its way.
            let rest = await scene.server.receiveAll()
            #expect([[], [1, 2]].contains(rest))
            #expect(await scene.client.receiveAll() == [])
            let session = try await scene.session()
            #expect(session.hasStruck)
        }
    }

    @Test(arguments: ["disarm", "kill"])
    func `What a stalled session holds goes on once the rule is gone`(how: String) async throws {
        try await Self.run(ByteFault(.stall, after: 2, direction: .response)) { scene in
            try await scene.server.send([1, 2, 3, 4])
            #expect(await scene.client.receive(2) == [1, 2])
            // The other direction is not hit, and shows that time goes by without the rest.
            try await scene.client.send([7])
            #expect(await scene.server.receive(1) == [7])
            if how == "kill" { scene.control.kill() } else { scene.control.disarm("session") }
            #expect(await scene.client.receive(2) == [3, 4])
            try await scene.server.send([5])
            #expect(await scene.client.receive(1) == [5])
        }
    }

    @Test func `A session that is held does not keep the relay from ending`() async throws {
        try await Self.run(ByteFault(.stall, after: 0)) { scene in
            try await scene.server.send([1])
            try await scene.client.send([2])
        }
    }

    @Test func `A relay that ends waits for its sessions, until they are cut`() async throws {
        try await Self.run(ByteFault(.stall, after: 0)) { scene in
            try await scene.server.send([1])
            let relay = scene.relay
            async let drained: Void = relay.drain()
            relay.cut()
            await drained
        }
    }
}

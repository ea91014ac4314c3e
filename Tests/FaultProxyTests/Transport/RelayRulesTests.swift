import CRICatalog
import FaultModel
import Foundation
import NIOCore
import Testing

@testable import FaultProxy

extension Peer {
    /// The next frame that is none of those peers exchange all the time.
    func frame() async -> (header: FrameHeader, payload: [UInt8])? {
        while true {
            let bytes = await receive(FrameHeader.size)
            guard bytes.count == FrameHeader.size, let header = FrameHeader(ByteBuffer(bytes: bytes), at: 0) else {
                return nil
            }
            let payload = await receive(header.length)
            switch header.type {
            case .settings, .ping, .windowUpdate: continue
            default: return (header, payload)
            }
        }
    }

    /// The next frames as `HEADERS 1`, `DATA 1 END`, `RESET 1`.
    func lines(_ count: Int) async -> [String] {
        var lines: [String] = []
        while lines.count < count, let (header, _) = await frame() {
            let name =
                switch header.type {
                case .headers: "HEADERS"
                case .data: "DATA"
                case .reset: "RESET"
                case .goAway: "GOAWAY"
                default: "FRAME"
                }
            lines.append("\(name) \(header.stream)" + (header.endsStream ? " END" : ""))
        }
        return lines
    }

    func call(_ method: String, _ stream: UInt32, _ message: [UInt8] = []) async throws {
        try await send(
            Wire.headers(Wire.request(method), stream: stream)
                + Wire.data(Wire.message(message), stream: stream, end: true)
        )
    }

    func answer(_ stream: UInt32, _ message: [UInt8] = []) async throws {
        try await send(
            Wire.headers(Wire.responseHeaders, stream: stream) + Wire.data(Wire.message(message), stream: stream)
                + Wire.headers(Wire.trailers(), stream: stream, end: true)
        )
    }

    /// Answers the two lists that a relay asks for when a rule is armed.
    static func answerSeed(_ runtime: Listener, pods: [UInt8] = [], containers: [UInt8] = []) async throws {
        for _ in 0..<2 {
            let own = try await runtime.accept()
            #expect(await own.receive(24) == Wire.preface)
            guard let (_, block) = await own.frame() else { continue }
            let isPods = String(decoding: block, as: UTF8.self).contains("ListPodSandbox")
            try await own.send(Wire.settings())
            try await own.answer(1, isPods ? pods : containers)
        }
    }
}

@Suite(.timeLimit(.minutes(10)))
struct RelayRulesTests {
    private static func rule(_ method: String, _ fault: Fault) -> FaultRule {
        FaultRule(fault.name, Match(methods: [Glob(method)], includesNodeCalls: true), fault)
    }

    private static func connect(_ path: String, _ runtime: Listener) async throws -> (client: Peer, server: Peer) {
        let client = try await Peer.connect(to: path)
        let server = try await runtime.accept()
        try await client.send(Wire.preface + Wire.settings())
        _ = await server.receive(24)
        try await server.send(Wire.settings())
        return (client, server)
    }

    @Test func `A rule armed on a living connection hits its next call, and none after it is disarmed`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let (client, server) = try await Self.connect(path, runtime)
            try await client.call("Status", 1)
            #expect(await server.lines(2) == ["HEADERS 1", "DATA 1 END"])
            try await server.answer(1)
            #expect(await client.lines(3) == ["HEADERS 1", "DATA 1", "HEADERS 1 END"])
            relay.control.arm(Self.rule("Status", .error(RPCStatus(.unavailable))))
            try await Peer.answerSeed(runtime)
            try await client.call("Status", 3)
            #expect(await client.lines(1) == ["HEADERS 3 END"])
            #expect(await server.lines(2) == ["HEADERS 3", "RESET 3"])
            relay.control.disarm("error")
            try await client.call("Status", 5)
            #expect(await server.lines(2) == ["HEADERS 5", "DATA 5 END"])
        }
    }

    @Test func `Time passes without bytes: a delay ends by itself`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let (client, server) = try await Self.connect(path, runtime)
            relay.control.arm(Self.rule("Status", .delay(Delay(.fixed(.milliseconds(30))))))
            try await Peer.answerSeed(runtime)
            try await client.call("Status", 1)
            #expect(await server.lines(2) == ["HEADERS 1", "DATA 1 END"])
        }
    }

    @Test func `The kill switch lets go of what is held on every connection`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            var pairs: [(client: Peer, server: Peer)] = []
            for _ in 0..<3 { pairs.append(try await Self.connect(path, runtime)) }
            relay.control.arm(Self.rule("Status", .hang(.before)))
            try await Peer.answerSeed(runtime)
            for pair in pairs {
                try await pair.client.call("Status", 1)
                #expect(await pair.server.lines(1) == ["HEADERS 1"])
            }
            relay.control.kill()
            for pair in pairs {
                #expect(await pair.server.lines(1) == ["DATA 1 END"])
                try await pair.server.answer(1)
                #expect(await pair.client.lines(3).last == "HEADERS 1 END")
            }
            #expect(relay.control.reports.isEmpty)
        }
    }

    /// relay-contract 8.
    @Test func `A duplicate goes out on a connection of its own, and its answer goes nowhere`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let (client, server) = try await Self.connect(path, runtime)
            relay.control.arm(Self.rule("Status", .duplicate(Duplicate())))
            try await Peer.answerSeed(runtime)
            try await client.call("Status", 1, [7])
            #expect(await server.lines(2) == ["HEADERS 1", "DATA 1 END"])
            let second = try await runtime.accept()
            #expect(await second.receive(24) == Wire.preface)
            try await second.send(Wire.settings() + Wire.ping())
            #expect(await second.frame()?.header.type == .headers)
            #expect(await second.frame()?.payload == Wire.message([7]))
            try await second.answer(1, [9])
            // It closes when it is done.
            _ = await second.receiveAll()
            try await server.answer(1, [8])
            #expect(await client.frame()?.header.type == .headers)
            #expect(await client.frame()?.payload == Wire.message([8]))
        }
    }

    /// relay-contract 17.
    @Test func `Arming a rule teaches whose ids are whose, and later answers teach more`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let (client, server) = try await Self.connect(path, runtime)
            relay.control.arm(
                FaultRule("r", Match(methods: ["StopPodSandbox"], pods: ["web-*"]), .error(RPCStatus(.unavailable)))
            )
            let sandbox = MessageCodec().encode(
                try RecordJSON().parse(
                    Array(#"{"items": [{"id": "p1", "metadata": {"name": "web-1", "namespace": "n"}}]}"#.utf8),
                    as: "ListPodSandboxResponse"
                )
            )
            try await Peer.answerSeed(runtime, pods: sandbox)
            while relay.control.indexedObjects == 0 { await Task.yield() }
            try await client.call("StopPodSandbox", 1, [0x0a, 2] + Array("p1".utf8))
            #expect(await client.lines(1) == ["HEADERS 1 END"])
            // Unknown, so protected.
            try await client.call("StopPodSandbox", 3, [0x0a, 2] + Array("p2".utf8))
            #expect(await server.lines(4) == ["HEADERS 1", "RESET 1", "HEADERS 3", "DATA 3 END"])
            try await server.answer(3)
            // Made through the relay, so known from then on.
            let run = MessageCodec().encode(
                try RecordJSON().parse(
                    Array(#"{"config": {"metadata": {"name": "web-2", "namespace": "n"}}}"#.utf8),
                    as: "RunPodSandboxRequest"
                )
            )
            try await client.call("RunPodSandbox", 5, run)
            #expect(await server.lines(2) == ["HEADERS 5", "DATA 5 END"])
            try await server.answer(5, [0x0a, 2] + Array("p2".utf8))
            #expect(await client.lines(6).last == "HEADERS 5 END")
            try await client.call("StopPodSandbox", 7, [0x0a, 2] + Array("p2".utf8))
            #expect(await client.lines(1) == ["HEADERS 7 END"])
            #expect(relay.control.reports.first?.refusals["unmatched-id"] == 1)
        }
    }

    @Test func `stale gives again what an earlier call got through the relay`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let (client, server) = try await Self.connect(path, runtime)
            relay.control.arm(Self.rule("Status", .stale(Stale(age: .zero))))
            try await Peer.answerSeed(runtime)
            try await client.call("Status", 1)
            #expect(await server.lines(2) == ["HEADERS 1", "DATA 1 END"])
            try await server.answer(1, [5, 5])
            #expect(await client.lines(3).last == "HEADERS 1 END")
            try await client.call("Status", 3)
            #expect(await client.frame()?.header.type == .headers)
            #expect(await client.frame()?.payload == Wire.message([5, 5]))
        }
    }
}

@Suite(.timeLimit(.minutes(10)))
struct ConnectionRulesTests {
    private static func rule(_ fault: Fault, _ connection: CallFacts.Connection? = nil) -> FaultRule {
        FaultRule(fault.name, Match(connection: connection), fault)
    }

    private static func connect(_ path: String, _ runtime: Listener, _ service: String) async throws -> Peer {
        let client = try await Peer.connect(to: path)
        let server = try await runtime.accept()
        try await client.send(Wire.preface + Wire.settings())
        try await client.send(Wire.headers(Wire.request("X", service: "runtime.v1.\(service)"), stream: 1))
        _ = await server.receive(24)
        _ = await server.frame()
        return client
    }

    @Test func `refuse closes new connections without a byte and leaves those there are`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let old = try await Peer.connect(to: path)
            let server = try await runtime.accept()
            relay.control.arm(Self.rule(.refuse))
            try await Peer.answerSeed(runtime)
            let new = try await Peer.connect(to: path)
            #expect(await new.receiveAll() == [])
            try await old.send([1])
            #expect(await server.receive(1) == [1])
            relay.control.kill()
            let again = try await Peer.connect(to: path)
            try await again.send([2])
            #expect(try await runtime.accept().receive(1) == [2])
        }
    }

    @Test func `drop closes the connections there are, or those of one kind`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let image = try await Self.connect(path, runtime, "ImageService")
            let other = try await Self.connect(path, runtime, "RuntimeService")
            relay.control.arm(Self.rule(.drop(Drop()), .image))
            try await Peer.answerSeed(runtime)
            _ = await image.receiveAll()
            #expect(image.hasEnded)
            relay.control.arm(Self.rule(.drop(Drop())))
            _ = await other.receiveAll()
            #expect(other.hasEnded)
        }
    }

    @Test func `A call can drop all connections`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let image = try await Self.connect(path, runtime, "ImageService")
            let other = try await Self.connect(path, runtime, "RuntimeService")
            relay.control.arm(FaultRule("d", Match(methods: ["Status"], includesNodeCalls: true), .drop(Drop(.all))))
            try await Peer.answerSeed(runtime)
            try await other.call("Status", 3)
            _ = await image.receiveAll()
            _ = await other.receiveAll()
            #expect(image.hasEnded && other.hasEnded)
        }
    }

    @Test func `blackhole takes everything and says nothing, until it is lifted`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let old = try await Peer.connect(to: path)
            let server = try await runtime.accept()
            relay.control.arm(Self.rule(.blackhole))
            try await Peer.answerSeed(runtime)
            let new = try await Peer.connect(to: path)
            let newServer = try await runtime.accept()
            for client in [old, new] { try await client.send(Wire.preface + Wire.ping()) }
            relay.control.kill()
            // Its bytes are lost, so the connection is closed without them.
            #expect(await server.receiveAll() == [])
            #expect(await newServer.receiveAll() == [])
            #expect(await old.receiveAll() == [])
            #expect(await new.receiveAll() == [])
        }
    }
}

/// relay-contract 19, and the socket in the file system.
@Suite(.timeLimit(.minutes(10)))
struct LifeTests {
    @Test func `A relay that is drained takes no more, and ends when its last call has`() async throws {
        try await withRelay(FaultControl()) { relay, path, runtime in
            let client = try await Peer.connect(to: path)
            let server = try await runtime.accept()
            try await client.send(Wire.preface + Wire.settings())
            try await client.call("PullImage", 1)
            _ = await server.receive(24)
            #expect(await server.lines(2) == ["HEADERS 1", "DATA 1 END"])
            async let drained: Void = relay.drain(grace: .milliseconds(1))
            #expect(await client.lines(2) == ["GOAWAY 0", "GOAWAY 0"])
            await #expect(throws: (any Error).self) { try await Peer.connect(to: path) }
            try await server.answer(1)
            #expect(await client.lines(3).last == "HEADERS 1 END")
            _ = await client.receiveAll()
            await drained
            #expect(relay.connections == 0)
        }
    }

    @Test func `A new relay takes the path over while the old one goes on`() async throws {
        try await withFolder { folder in
            let runtime = try await Listener(at: folder + "/runtime")
            var configuration = Relay.Configuration(listenPath: folder + "/relay", runtimePath: folder + "/runtime")
            try await Relay.run(configuration) { old in
                let client = try await Peer.connect(to: folder + "/relay")
                let server = try await runtime.accept()
                await #expect(throws: SocketError.self) { try await Relay.run(configuration) { _ in } }
                // Finding out whether somebody listens is a connection too.
                _ = try await runtime.accept()
                configuration.replacesLiveSocket = true
                try await Relay.run(configuration) { _ in
                    let next = try await Peer.connect(to: folder + "/relay")
                    try await next.send([1])
                    #expect(try await runtime.accept().receive(1) == [1])
                    // That connection is gone when the old relay has seen its end.
                    try await happens { old.connections == 1 }
                    try await client.send([2])
                    #expect(await server.receive(1) == [2])
                }
            }
            try await runtime.close()
        }
    }

    @Test func `A stale socket is replaced, a file that is none is not`() async throws {
        try await withFolder { folder in
            let runtime = try await Listener(at: folder + "/runtime")
            let stale = try await Listener(at: folder + "/relay")
            try await stale.close()
            let configuration = Relay.Configuration(listenPath: folder + "/relay", runtimePath: folder + "/runtime")
            try await Relay.run(configuration) { _ in
                let client = try await Peer.connect(to: folder + "/relay")
                try await client.send([1])
                #expect(try await runtime.accept().receive(1) == [1])
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/relay"))
            try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/relay"))
            await #expect(throws: SocketError.self) { try await Relay.run(configuration) { _ in } }
            try await runtime.close()
        }
    }

    @Test func `The socket has the mode of the runtime's own`() async throws {
        try await withFolder { folder in
            let runtime = try await Listener(at: folder + "/runtime")
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder + "/runtime")
            let configuration = Relay.Configuration(listenPath: folder + "/relay", runtimePath: folder + "/runtime")
            try await Relay.run(configuration) { _ in
                let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/relay")
                #expect(attributes[.posixPermissions] as? Int == 0o640)
            }
            try await runtime.close()
        }
    }

    @Test func `A path that is too long for a socket is refused`() async throws {
        let configuration = Relay.Configuration(
            listenPath: "/tmp/" + String(repeating: "x", count: 120),
            runtimePath: "/nothing"
        )
        await #expect(throws: SocketError.self) { try await Relay.run(configuration) { _ in } }
    }
}

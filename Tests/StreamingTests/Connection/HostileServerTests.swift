import NIOCore
import Testing

@testable import Streaming

/// Servers that mean harm, or are broken: always a typed error, never a hang.
@Suite(.timeLimit(.minutes(10)))
struct HostileServerTests {
    private func ending(
        _ offer: RemoteCommandProtocol,
        _ options: StreamingOptions = StreamingOptions(),
        _ script: @escaping @Sendable (FakePeer) async throws -> Void
    ) async throws -> StreamingError.Code? {
        try await withFakeServer(script) { server in
            await failure {
                _ = try await withExec(url: server.url, streams: everything, protocol: offer, options: options) {
                    (session) async throws in
                    session.stderr?.discard()
                    for try await _ in try #require(session.stdout) {}
                    _ = try await session.status()
                }
            }
        }
    }

    private static func spdy(_ bytes: @escaping @Sendable (FakeSPDY) throws -> ByteBuffer)
        -> @Sendable (FakePeer) async throws -> Void
    {
        { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(4)
            try await peer.send(bytes(spdy))
            _ = await peer.waitForEnd()
        }
    }

    @Test func `SPDY: a header block that blows up`() async throws {
        let code = try await ending(
            .spdy,
            .init(),
            Self.spdy { spdy in
                let bomb = try spdy.block([SPDYHeader("a", String(repeating: "a", count: 8 << 20))])
                return SPDYFrameEncoder.encode(.headers(id: 1, flags: [], block: bomb))
            }
        )
        #expect(code == .limitExceeded)
    }

    @Test func `SPDY: a control frame of sixteen megabytes`() async throws {
        #expect(
            try await ending(.spdy, .init(), Self.spdy { _ in ByteBuffer(bytes: hex("8003 0008 00 ffffff 00000001")) })
                == .limitExceeded
        )
    }

    @Test func `SPDY: a flood of streams`() async throws {
        let code = try await ending(
            .spdy,
            .init(),
            Self.spdy { spdy in
                var flood = ByteBuffer()
                for id in 1...200 {
                    flood.writeImmutableBuffer(
                        SPDYFrameEncoder.encode(.synStream(id: UInt32(2 * id), flags: [], block: try spdy.block([])))
                    )
                }
                return flood
            }
        )
        #expect(code == .limitExceeded)
    }

    @Test func `SPDY: what is no SPDY`() async throws {
        #expect(
            try await ending(.spdy, .init(), Self.spdy { _ in ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n") })
                == .protocolViolation
        )
    }

    @Test func `an error channel without an end`() async throws {
        let code = try await ending(
            .spdy,
            .init(),
            Self.spdy { spdy in
                SPDYFrameEncoder.encode(
                    .data(id: try spdy.id("error"), bytes: ByteBuffer(repeating: 0x61, count: 65 << 10), isFinal: false)
                )
            }
        )
        #expect(code == .limitExceeded)
    }

    @Test func `WebSocket: a frame of two to the 62`() async throws {
        let code = try await ending(.webSocketV4) { peer in
            _ = try await FakeWebSocket.upgrade(peer)
            try await peer.send(hex("82 7f 4000000000000000 01"))
            _ = await peer.waitForEnd()
        }
        #expect(code == .limitExceeded)
    }

    @Test func `WebSocket: fragments without end and without bytes`() async throws {
        let code = try await ending(.webSocketV4) { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            try await socket.send(.binary, [1], isFinal: false)
            for _ in 0..<100 { try await socket.send(.continuation, [], isFinal: false) }
            _ = await peer.waitForEnd()
        }
        #expect(code == .limitExceeded)
    }

    @Test func `a head without an end`() async throws {
        let code = try await ending(.spdy) { peer in
            try await peer.request()
            try await peer.send("HTTP/1.1 101 X\r\n" + String(repeating: "X-Y: zzzzzzzzzz\r\n", count: 10_000))
            _ = await peer.waitForEnd()
        }
        #expect(code == .limitExceeded)
    }

    @Test func `options of nonsense do not stop the world`() async throws {
        let nonsense = options {
            ($0.receiveBuffer, $0.sendBuffer, $0.largestWrite) = (0, -1, 0)
            $0.limits.refusalBody = -5
        }
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(2)
            let input = try await spdy.collect("stdin")
            try await spdy.send(String(decoding: input, as: UTF8.self), on: "error", isFinal: true)
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdin: true), options: nonsense) {
                (session) async throws in
                try await session.stdin?.write(Array(success.utf8))
                try await session.stdin?.close()
                let status = try await session.status()
                #expect(status == .succeeded)
            }
        }
    }

    @Test(arguments: 0..<64)
    func `random frames after the upgrade end in an error or an end`(seed: Int) async throws {
        let offer = seed % 2 == 0 ? RemoteCommandProtocol.spdy : .webSocketV4
        _ = try await ending(offer) { peer in
            var random = SplitMix(seed: seed)
            if offer == .spdy {
                let spdy = try await FakeSPDY.upgrade(peer)
                try await spdy.accept(4)
                for _ in 0..<Int.random(in: 1...12, using: &random) { try await peer.send(Self.frame(&random)) }
            } else {
                let socket = try await FakeWebSocket.upgrade(peer)
                for _ in 0..<Int.random(in: 1...12, using: &random) {
                    let opcode = [WebSocketOpcode.binary, .binary, .continuation, .ping, .close, .text].randomElement(
                        using: &random
                    )
                    let payload =
                        [UInt8.random(in: 0...5, using: &random)] + random.bytes(.random(in: 0...40, using: &random))
                    try await socket.send(opcode ?? .binary, payload, isFinal: .random(using: &random))
                }
            }
            try await peer.send(random.bytes(.random(in: 0...40, using: &random)))
        }
    }

    private static func frame(_ random: inout SplitMix) -> ByteBuffer {
        let id = UInt32.random(in: 0...9, using: &random)
        let block = ByteBuffer(bytes: random.bytes(.random(in: 0...20, using: &random)))
        switch Int.random(in: 0...7, using: &random) {
        case 0:
            return SPDYFrameEncoder.encode(
                .rstStream(id: id, status: SPDYStatus(rawValue: .random(in: 0...12, using: &random)))
            )
        case 1: return SPDYFrameEncoder.encode(.goAway(lastGood: id, status: .random(in: 0...2, using: &random)))
        case 2: return SPDYFrameEncoder.encode(.ping(id))
        case 3: return SPDYFrameEncoder.encode(.headers(id: id, flags: .fin, block: block))
        case 4: return SPDYFrameEncoder.encode(.synReply(id: id, flags: [], block: block))
        default: return SPDYFrameEncoder.encode(.data(id: id | 1, bytes: block, isFinal: .random(using: &random)))
        }
    }
}

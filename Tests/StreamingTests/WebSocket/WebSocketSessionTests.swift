import NIOCore
import Testing

@testable import Streaming

/// What a server's WebSocket messages mean to a client.
struct WebSocketSessionTests {
    private struct Bench {
        var session: WebSocketSession

        init(_ layout: WebSocketChannels.Layout, limits: StreamingLimits = StreamingLimits()) {
            session = WebSocketSession(layout, limits: limits)
        }

        mutating func receive(
            _ opcode: WebSocketOpcode,
            _ payload: [UInt8],
            isFinal: Bool = true
        ) throws -> [CarrierEvent] {
            session.append(WebSocketFrameEncoder.encode(opcode, payload, isFinal: isFinal, mask: nil))
            var events: [CarrierEvent] = []
            while let event = try session.next() { events.append(event) }
            return events
        }
    }

    private static let v4 = WebSocketChannels.Layout.remoteCommand(hasClose: false)
    private static let v5 = WebSocketChannels.Layout.remoteCommand(hasClose: true)

    private func buffer(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    /// The one message in these bytes of a client.
    private func sent(_ bytes: ByteBuffer) throws -> (WebSocketOpcode, [UInt8]) {
        var decoder = WebSocketFrameDecoder(sender: .client, frameLimit: 1 << 20)
        decoder.append(bytes)
        switch try #require(try decoder.next()) {
        case .control(let opcode, let payload): return (opcode, Array(payload.readableBytesView))
        case .data(let opcode, let payload, _, _, _): return (opcode, Array(payload.readableBytesView))
        }
    }

    @Test func `a message belongs to the channel of its first byte`() throws {
        var bench = Bench(Self.v4)
        #expect(try bench.receive(.binary, [1]) == [.data(StreamKey(1), ByteBuffer(), endsMessage: true)])
        #expect(try bench.receive(.binary, [2, 0x68]) == [.data(StreamKey(2), buffer("h"), endsMessage: true)])
        #expect(try bench.receive(.binary, [3, 0x7b]) == [.data(StreamKey(3), buffer("{"), endsMessage: true)])
    }

    @Test func `fragments belong to the channel of the first one`() throws {
        var bench = Bench(Self.v4)
        #expect(try bench.receive(.binary, [], isFinal: false) == [])
        #expect(
            try bench.receive(.continuation, [1, 0x61], isFinal: false) == [
                .data(StreamKey(1), buffer("a"), endsMessage: false)
            ]
        )
        #expect(try bench.receive(.ping, [9]).count == 1)
        #expect(bench.session.danglingReason?.contains("in the middle of a WebSocket message") == true)
        #expect(
            try bench.receive(.continuation, [2]) == [.data(StreamKey(1), ByteBuffer(bytes: [2]), endsMessage: true)]
        )
        #expect(try bench.receive(.binary, [2, 0x62]) == [.data(StreamKey(2), buffer("b"), endsMessage: true)])
    }

    @Test func `a ping is answered with its own payload`() throws {
        var bench = Bench(Self.v4)
        guard case .answer(let bytes, .ping)? = try bench.receive(.ping, [1, 2, 3]).first else {
            Issue.record("no answer")
            return
        }
        #expect(try sent(bytes) == (.pong, [1, 2, 3]))
        #expect(try sent(bench.session.ping()).0 == .ping)
        #expect(try bench.receive(.pong, [1]) == [.pong])
    }

    @Test(arguments: [
        ([UInt8](), UInt16?.none, "", true), ([3, 0xe8], 1_000, "", true),
        ([3, 0xe9, 0x62, 0x79, 0x65], 1_001, "bye", true),
        ([3, 0xf3], 1_011, "", false),
    ])
    func `a Close is answered with its code, and nothing after it counts`(
        payload: [UInt8],
        code: UInt16?,
        reason: String,
        isOrderly: Bool
    ) throws {
        var bench = Bench(Self.v4)
        bench.session.append(WebSocketFrameEncoder.encode(.close, payload, mask: nil))
        bench.session.append(WebSocketFrameEncoder.encode(.binary, [1, 2], mask: nil))
        guard case .answer(let bytes, .close)? = try bench.session.next() else {
            Issue.record("no answer")
            return
        }
        #expect(try sent(bytes) == (.close, Array(payload.prefix(2))))
        let farewell = PeerFarewell.webSocketClose(code: code, reason: reason)
        #expect(try bench.session.next() == .farewell(farewell, isLast: true))
        #expect(try bench.session.next() == nil)
        #expect(bench.session.danglingReason == nil)
        #expect((farewell.failure == nil) == isOrderly)
        #expect(bench.session.farewell().readableBytes == 0)
    }

    @Test func `v5 closes channels both ways`() throws {
        var bench = Bench(Self.v5)
        #expect(try sent(bench.session.finish(StreamKey(0))) == (.binary, [255, 0]))
        #expect(code { _ = try bench.session.data([1], on: StreamKey(0)) } == .closed)
        #expect(code { _ = try bench.session.finish(StreamKey(0)) } == .closed)
        #expect(try bench.receive(.binary, [255, 1]) == [.ended(StreamKey(1), .finished)])
        #expect(code { _ = try bench.receive(.binary, [1, 1]) } == .protocolViolation)
    }

    @Test func `v5: a server that wants no more stdin closes it`() throws {
        var bench = Bench(Self.v5)
        #expect(try bench.receive(.binary, [255, 0]) == [])
        #expect(code { _ = try bench.session.data([1], on: StreamKey(0)) } == .closed)
    }

    @Test func `v4 has no half-close and no CLOSE`() throws {
        var bench = Bench(Self.v4)
        #expect(try sent(bench.session.data([7, 8], on: StreamKey(0))) == (.binary, [0, 7, 8]))
        #expect(code { _ = try bench.session.finish(StreamKey(0)) } == .notPossible)
        #expect(code { _ = try bench.session.reset(StreamKey(1)) } == .notPossible)
        #expect(code { _ = try bench.session.open([]) } == .notPossible)
        #expect(code { _ = try bench.session.data([1], on: StreamKey(1)) } == .notPossible)
        #expect(code { _ = try bench.receive(.binary, [255, 1]) } == .protocolViolation)
    }

    @Test(arguments: [
        [(WebSocketOpcode.text, [UInt8(1)], true)],
        [(.binary, [], true)],
        [(.binary, [0, 1], true)],
        [(.binary, [4, 1], true)],
        [(.binary, [9, 1], true)],
        [(.continuation, [1], true)],
        [(.binary, [1], false), (.binary, [1], true)],
        [(.binary, [255], true)],
        [(.binary, [255, 1, 2], true)],
        [(.binary, [255, 7], true)],
        [(.close, [1], true)],
    ])
    func `what a server must not send`(frames: [(WebSocketOpcode, [UInt8], Bool)]) {
        var bench = Bench(Self.v5)
        let got = code {
            for (opcode, payload, isFinal) in frames { _ = try bench.receive(opcode, payload, isFinal: isFinal) }
        }
        #expect(got == .protocolViolation)
    }

    @Test func `empty fragments come to an end`() throws {
        var limits = StreamingLimits()
        limits.emptyFragments = 4
        var bench = Bench(Self.v4, limits: limits)
        _ = try bench.receive(.binary, [1], isFinal: false)
        for _ in 0..<4 { _ = try bench.receive(.continuation, [], isFinal: false) }
        _ = try bench.receive(.continuation, [1], isFinal: false)
        for _ in 0..<4 { _ = try bench.receive(.continuation, [], isFinal: false) }
        #expect(code { _ = try bench.receive(.continuation, [], isFinal: false) } == .limitExceeded)
    }

    @Test func `port-forward: the server names the port on both channels, then speaks`() throws {
        var bench = Bench(.portForward([80, 0x1f90]))
        #expect(try bench.receive(.binary, [0]) == [])
        #expect(try bench.receive(.binary, [0, 80]) == [])
        #expect(
            try bench.receive(.binary, [0, 0, 0x61]) == [
                .opened(StreamKey(0)), .data(StreamKey(0), buffer("a"), endsMessage: true),
            ]
        )
        #expect(try bench.receive(.binary, [3, 0x90, 0x1f]) == [.opened(StreamKey(3))])
        #expect(try bench.receive(.binary, [3, 0x62]) == [.data(StreamKey(3), buffer("b"), endsMessage: true)])
        #expect(try sent(bench.session.data([5], on: StreamKey(2))) == (.binary, [2, 5]))
        #expect(code { _ = try bench.session.data([5], on: StreamKey(3)) } == .notPossible)
        #expect(code { _ = try bench.receive(.binary, [2, 0x91, 0x1f]) } == .protocolViolation)
    }

    @Test func `port-forward: channel 255 is the errors of the 128th port`() throws {
        var bench = Bench(.portForward([UInt16](repeating: 7, count: 128)))
        #expect(try bench.receive(.binary, [255, 7, 0]) == [.opened(StreamKey(255))])
    }

    @Test func `an end without a Close is told from an orderly one`() throws {
        var bench = Bench(Self.v4)
        _ = try bench.receive(.binary, [1])
        #expect(bench.session.danglingReason?.contains("without a WebSocket Close") == true)
    }
}

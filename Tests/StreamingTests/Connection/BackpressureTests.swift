import NIOCore
import Synchronization
import Testing

@testable import Streaming

/// Memory stays bounded when one side is slow: judged by counters, not by clocks.
@Suite(.timeLimit(.minutes(10)))
struct BackpressureTests {
    static let total = 24 << 20
    static let protocols = [RemoteCommandProtocol.spdy, .webSocketV4]

    /// The bound that ``StreamingOptions/receiveBuffer`` documents.
    private func bound(_ options: StreamingOptions) -> Int { 3 * options.receiveBuffer + 64 << 10 }

    /// Sends a lot on stdout, as fast as it goes, then takes leave or is just gone.
    private func pour(_ peer: FakePeer, _ offer: RemoteCommandProtocol, count: @Sendable (Int) -> Void) async throws {
        let piece = [UInt8](repeating: 0x61, count: 32 << 10)
        if offer == .spdy {
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(3)
            for _ in 0..<Self.total / piece.count {
                try await spdy.send(piece, on: "stdout")
                count(piece.count)
            }
            try await spdy.send([], on: "stdout", isFinal: true)
            try await spdy.send(success, on: "error", isFinal: true)
            try await spdy.close()
        } else {
            let socket = try await FakeWebSocket.upgrade(peer)
            for _ in 0..<Self.total / piece.count {
                try await socket.send(piece, on: 1)
                count(piece.count)
            }
            try await socket.send(success, on: 3)
            try await socket.close()
        }
    }

    private let streams = RemoteCommandStreams(stdout: true, stderr: true)

    @Test(arguments: protocols)
    func `a consumer that does not read stops the server`(offer: RemoteCommandProtocol) async throws {
        let sent = Counter()
        try await withFakeServer { peer in
            try await pour(peer, offer) { sent.add($0) }
            _ = await peer.waitForEnd()
        } client: { server in
            let options = options { $0.receiveBuffer = 128 << 10 }
            _ = try await withExec(url: server.url, streams: streams, protocol: offer, options: options) {
                (session) async throws in
                try await until { await session.counters().readPauses > 0 }
                let paused = await session.counters()
                #expect(paused.mostHeld >= options.receiveBuffer)
                #expect(paused.mostHeld <= options.receiveBuffer + 64 << 10)
                // Nothing is read while it is held: only the sockets' own buffers can fill.
                for _ in 0..<2_000 { await Task.yield() }
                #expect(await session.counters().bytesReceived == paused.bytesReceived)
                #expect(sent.value < Self.total)
                var count = 0
                let stdout = try #require(session.stdout)
                session.stderr?.discard()
                for try await piece in stdout { count += piece.count }
                #expect(count == Self.total)
                #expect(try await session.status() == .succeeded)
                #expect(await session.counters().mostHeld <= bound(options))
            }
        }
    }

    @Test(arguments: protocols)
    func `a server that closes while reading is stopped cannot fill the memory`(offer: RemoteCommandProtocol)
        async throws
    {
        let options = options { $0.receiveBuffer = 64 << 10 }
        let small = [UInt8](repeating: 0x61, count: 16 << 10)
        let pieces = 6
        try await withFakeServer { peer in
            // More than is held, and what is left of it when reading stops leaves the socket room for the end behind it:
            // twice what is held would not, where reading stops at exactly that.
            if offer == .spdy {
                let spdy = try await FakeSPDY.upgrade(peer)
                try await spdy.accept(3)
                for _ in 0..<pieces { try await spdy.send(small, on: "stdout") }
                try await spdy.send([], on: "stdout", isFinal: true)
                try await spdy.close()
            } else {
                let socket = try await FakeWebSocket.upgrade(peer)
                for _ in 0..<pieces { try await socket.send(small, on: 1) }
                try await socket.close()
            }
            // A close with something unread would be a reset, which may take what was sent with it.
            try await peer.channel.close(mode: .output)
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withExec(url: server.url, streams: streams, protocol: offer, options: options) {
                (session) async throws in
                // The socket ends below a reading that is stopped, and what was there is not lost.
                try await session.waitUntilClosed()
                #expect(await session.counters().mostHeld <= bound(options))
                let stdout = try #require(session.stdout)
                #expect(try await stdout.collect(upTo: .max).count == pieces * small.count)
            }
        }
    }

    @Test(arguments: protocols)
    func `a server that does not read stops the writer`(offer: RemoteCommandProtocol) async throws {
        let reads = Signal()
        try await withFakeServer { peer in
            var bytes: [UInt8] = []
            if offer == .spdy {
                let spdy = try await FakeSPDY.upgrade(peer)
                try await spdy.accept(2)
                try await reads.wait()
                bytes = try await spdy.collect("stdin")
            } else {
                let socket = try await FakeWebSocket.upgrade(peer)
                try await reads.wait()
                while bytes.count < Self.total, let message = try await socket.message() { bytes += message.bytes }
            }
            #expect(bytes == pattern(Self.total))
        } client: { server in
            let options = options { $0.sendBuffer = 128 << 10 }
            let streams = RemoteCommandStreams(stdin: true)
            _ = try await withExec(url: server.url, streams: streams, protocol: offer, options: options) {
                (session) async throws in
                let stdin = try #require(session.stdin)
                async let written: Void = stdin.write(pattern(Self.total))
                try await until { await session.counters().mostUnsent >= options.sendBuffer }
                for _ in 0..<2_000 { await Task.yield() }
                #expect(await session.counters().bytesSent < Self.total)
                reads.fire()
                try await written
                if offer == .spdy { try await stdin.close() }
                #expect(await session.counters().mostUnsent <= options.sendBuffer + options.largestWrite)
                try await session.waitUntilClosed()
            }
        }
    }

    @Test func `a server that asks and never listens is not read any more`() async throws {
        let done = Signal()
        let sent = Counter()
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            let ping = WebSocketFrameEncoder.encode(.ping, [UInt8](repeating: 7, count: 125), mask: nil)
            var pings = ByteBuffer()
            for _ in 0..<500 { pings.writeImmutableBuffer(ping) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                let all = pings
                group.addTask {
                    try await done.wait()
                    throw CancellationError()
                }
                for _ in 0..<2_000 {
                    try await socket.peer.send(all)
                    sent.add(500)
                }
                try await group.waitForAll()
            }
        } client: { server in
            _ = try await withExec(url: server.url, streams: streams, protocol: .webSocketV4) {
                (session) async throws in
                var last = -1
                try await until {
                    for _ in 0..<5_000 { await Task.yield() }
                    let now = await session.counters().pingsAnswered
                    defer { last = now }
                    return now == last && now > 0
                }
                // Far from the million: what the two sockets hold, and the answers that may wait.
                #expect(await session.counters().pingsAnswered < 400_000)
                done.fire()
            }
        }
    }

    @Test func `a stream that is given up does not hold the others`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(3)
            for _ in 0..<64 { try await spdy.send([UInt8](repeating: 1, count: 32 << 10), on: "stderr") }
            try await spdy.send("here", on: "stdout", isFinal: true)
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withExec(url: server.url, streams: streams) { (session) async throws in
                session.stderr?.discard()
                let text = try await session.stdout?.text()
                #expect(text == "here")
            }
        }
    }
}

/// Bytes in which a lost or doubled piece shows.
func pattern(_ count: Int) -> [UInt8] {
    // A block again and again, each with its number: byte by byte this takes seconds, in which no other test goes on.
    let block = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count)
    while bytes.count < count {
        let number = UInt8(truncatingIfNeeded: bytes.count / block.count)
        bytes += block
        bytes[bytes.count - block.count] = number
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// A number that several tasks change.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .sequentiallyConsistent) }

    func add(_ count: Int) { number.add(count, ordering: .sequentiallyConsistent) }
}

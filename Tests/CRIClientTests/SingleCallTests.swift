import CRICatalog
import FakeCRI
import Foundation
import NIOCore
import Testing

@testable import CRIClient

/// The call without an event loop: it must come to the same status as the client's, whatever the peer does.
@Suite(.timeLimit(.minutes(10)))
struct SingleCallTests {
    /// Makes the call on a thread of its own, for it blocks.
    private func call(
        _ endpoint: Endpoint,
        request: [UInt8] = [1],
        deadline: Duration = .seconds(30)
    ) async throws -> SingleCall.Outcome {
        let version = try rpc("Version")
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    returning: SingleCall(to: endpoint).make(version, request: request, deadline: deadline)
                )
            }
        }
    }

    private func withPeer(_ script: FakeScript, _ body: (FakeRuntime, Endpoint) async throws -> Void) async throws {
        try await withSocket { endpoint in
            try await FakeRuntime.run(script, at: endpoint) { fake in try await body(fake, endpoint) }
        }
    }

    @Test func `a good answer gives its message, and the request is the client's`() async throws {
        let (seen, continuation) = AsyncStream<FakeRequest>.makeStream()
        let script = FakeScript { request in
            continuation.yield(request)
            return [.ping] + FakeAction.ok([1, 2, 3])
        }
        try await withPeer(script) { _, endpoint in
            let outcome = try await call(endpoint, request: [9])
            #expect(outcome.code == .ok)
            #expect(outcome.response == [1, 2, 3])
        }
        continuation.finish()
        let request = try #require(await seen.first { _ in true })
        #expect(
            request.headers.map(\.0) == [
                ":method", ":scheme", ":path", ":authority", "content-type", "user-agent", "te", "grpc-timeout",
            ]
        )
        #expect(request.body == [0, 0, 0, 0, 1, 9])
    }

    @Test(arguments: AnswerTests.cases)
    func `every answer comes to the status that the client gives it`(answer: AnswerTests.Case) async throws {
        try await withPeer(FakeScript { _ in answer.actions }) { _, endpoint in
            let outcome = try await call(endpoint)
            #expect(outcome.code == answer.code)
            #expect(answer.text.isEmpty || outcome.message.contains(answer.text), "\(outcome.message)")
            #expect(outcome.response == nil)
        }
    }

    @Test func `a message over the limit ends the call at its prefix`() async throws {
        let script = FakeScript { _ in [.answerHeaders, .data(FakeAction.framed([], length: 17 << 20))] }
        try await withPeer(script) { _, endpoint in
            let outcome = try await call(endpoint)
            #expect(outcome.code == .resourceExhausted)
            #expect(outcome.message == "grpc: received message larger than max (17825792 vs. 16777216)")
        }
    }

    @Test func `an answer at the limit passes`() async throws {
        let message = [UInt8](repeating: 7, count: 16 << 20)
        try await withPeer(FakeScript { _ in FakeAction.ok(message) }) { _, endpoint in
            let outcome = try await call(endpoint)
            #expect(outcome.response == message)
        }
    }

    @Test func `a request that no frame holds is refused before it is sent`() async throws {
        try await withPeer(FakeScript { _ in FakeAction.ok([1]) }) { fake, endpoint in
            let outcome = try await call(endpoint, request: [UInt8](repeating: 0, count: 16_380))
            #expect(outcome.code == .resourceExhausted)
            #expect(fake.events.isEmpty)
            let largest = try await call(endpoint, request: [UInt8](repeating: 0, count: 16_379))
            #expect(largest.code == .ok)
        }
    }

    @Test func `trailers in many frames arrive whole`() async throws {
        let text = String(repeating: "x", count: 1 << 20)
        try await withPeer(FakeScript { _ in [.answerHeaders, .trailers(2, text)] }) { _, endpoint in
            let outcome = try await call(endpoint)
            #expect(outcome.code == .unknown)
            #expect(outcome.message.utf8.count == 1 << 20)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak HTTP/2: it said 'HTTP/1.1 400 Bad Request....'"),
        ("\u{0}\u{0}\u{6}\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}......", "does not speak HTTP/2"),
        ("+O", "does not speak HTTP/2: it said '+O'"),
        ("", "accepted the connection and closed it without an answer"),
    ])
    func `a peer that speaks something else is told from a runtime`(greeting: String, text: String) async throws {
        var script = FakeScript()
        script.greeting = { _ in [.raw(Array(greeting.utf8)), .close] }
        try await withPeer(script) { _, endpoint in
            let outcome = try await call(endpoint)
            #expect(outcome.code == .unavailable)
            #expect(outcome.message.hasPrefix("\(endpoint) "))
            #expect(outcome.message.contains(text), "\(outcome.message)")
        }
    }

    @Test func `who is silent is told from who answers too late`() async throws {
        var silent = FakeScript { _ in [] }
        silent.greeting = { _ in [] }
        silent.acknowledgesSettings = false
        silent.opensWindows = false
        try await withPeer(silent) { _, endpoint in
            let outcome = try await call(endpoint, deadline: .milliseconds(200))
            #expect(outcome.code == .unavailable)
            #expect(outcome.message == "\(endpoint) accepted the connection but did not answer within 200 ms")
        }
        var late = SingleExchange(endpoint: try Endpoint("/s"), receiveLimit: 1 << 20)
        #expect(late.receive(ByteBuffer(bytes: [0, 0, 0, 4, 0, 0, 0, 0, 0])) == nil)
        #expect(late.timedOut(after: .seconds(1)).code == .deadlineExceeded)
    }

    @Test func `a call that GOAWAY refuses is unavailable, and one that it lets live is answered`() async throws {
        try await withPeer(FakeScript { _ in [.goAway(last: 0), .close] }) { _, endpoint in
            let outcome = try await call(endpoint)
            #expect(outcome.code == .unavailable)
            #expect(outcome.message.contains("GOAWAY"), "\(outcome.message)")
        }
        try await withPeer(FakeScript { _ in [.goAway(last: 1)] + FakeAction.ok([4]) }) { _, endpoint in
            let outcome = try await call(endpoint)
            #expect(outcome.response == [4])
        }
    }

    @Test func `a socket that is missing or that nobody listens on is named with its cause`() async throws {
        try await withSocket { endpoint in
            let missing = try await call(endpoint)
            #expect(missing.message == "cannot connect to \(endpoint): no such file")
            try Data().write(to: URL(filePath: endpoint.path))
            let deaf = try await call(endpoint)
            #expect(deaf.message == "cannot connect to \(endpoint): connection refused")
        }
    }

    @Test(arguments: 0..<256)
    func `no sequence of frames hangs or crashes it`(seed: UInt64) async throws {
        let script = FakeScript { _ in
            var random = SplitMix(state: seed)
            return (0..<Int.random(in: 1...12, using: &random)).map { _ in .raw(randomFrame(&random)) } + [.close]
        }
        try await withPeer(script) { _, endpoint in
            let outcome = try await call(endpoint)
            #expect(outcome.code != .deadlineExceeded)
        }
    }

    /// What a server may say of one call: SETTINGS, a PING, frames of other streams and of kinds nobody knows, padding,
    /// a priority, and a header block in three frames.
    private static let elaborate: [UInt8] = {
        func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
            [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xff), type, flags, 0, 0, 0, stream] + payload
        }
        func literal(_ name: String, _ value: String) -> [UInt8] {
            [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        let block = [0x88] + literal("content-type", "application/grpc")
        return frame(4, 0, 0, [0, 3, 0, 0, 0, 100]) + frame(4, 1, 0, []) + frame(6, 0, 0, Array(1...8))
            + frame(8, 0, 0, [0, 0, 1, 0]) + frame(0xfa, 0xff, 1, [1, 2, 3])
            + frame(1, 0x28, 1, [2] + [0, 0, 0, 0, 16] + block[..<3] + [0, 0])
            + frame(9, 0, 1, Array(block[3..<9])) + frame(9, 4, 1, Array(block[9...]))
            + frame(0, 0, 3, [9, 9]) + frame(0, 8, 1, [3] + [0, 0, 0, 0, 2] + [0, 0, 0]) + frame(0, 0, 1, [5, 6])
            + frame(1, 5, 1, literal("grpc-status", "0"))
    }()

    @Test(arguments: 1...64)
    func `an answer is the same in pieces of any size`(size: Int) async throws {
        var exchange = SingleExchange(endpoint: try Endpoint("/s"), receiveLimit: 1 << 20)
        try exchange.begin(path: "/p", request: [], deadline: .seconds(1))
        #expect(exchange.takeOutput().readableBytes > 0)
        #expect(exchange.takeOutput().readableBytes == 0)
        var rest = Self.elaborate[...]
        while !rest.isEmpty {
            let ending = exchange.receive(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
            #expect(ending == (rest.isEmpty ? CallEnding(.ok, "", .runtime) : nil))
        }
        #expect(exchange.response == [5, 6])
        let pong: [UInt8] = [0, 0, 8, 6, 1, 0, 0, 0, 0] + Array(1...8)
        #expect(Array(exchange.takeOutput().readableBytesView) == [0, 0, 0, 4, 1, 0, 0, 0, 0] + pong)
    }

    @Test(arguments: [
        ("a header block was interrupted", [0, 0, 1, 1, 0, 0, 0, 0, 1, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ("a CONTINUATION of nothing", [0, 0, 0, 9, 4, 0, 0, 0, 1]),
        ("a PUSH_PROMISE", [0, 0, 4, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2]),
        ("padding longer than its frame", [0, 0, 1, 1, 12, 0, 0, 0, 1, 9]),
        ("cut off in its priority", [0, 0, 1, 1, 0x24, 0, 0, 0, 1, 9]),
        ("a header block that cannot be read", [0, 0, 1, 1, 4, 0, 0, 0, 1, 0xff]),
        ("a frame of 16385 bytes", [0, 0x40, 1, 0, 0, 0, 0, 0, 1]),
        ("a GOAWAY of 3 bytes", [0, 0, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0]),
    ])
    func `what breaks HTTP/2 is named`(text: String, bytes: [UInt8]) throws {
        var exchange = SingleExchange(endpoint: try Endpoint("/s"), receiveLimit: 1 << 20)
        #expect(exchange.receive(ByteBuffer(bytes: [0, 0, 0, 4, 0, 0, 0, 0, 0])) == nil)
        let received = exchange.receive(ByteBuffer(bytes: bytes))
        let ending = try #require(received)
        #expect(ending.code == .unavailable)
        #expect(ending.message.contains("broke HTTP/2") && ending.message.contains(text), "\(ending.message)")
    }
}

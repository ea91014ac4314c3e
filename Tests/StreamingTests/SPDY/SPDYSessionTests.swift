import NIOCore
import Testing

@testable import Streaming

/// What a server's frames mean to a client with stream 1 opened, and to one with stream 1 only asked for.
struct SPDYSessionTests {
    /// A session and a server's side to make its frames.
    private struct Bench {
        var session: SPDYSession
        let server: SPDYHeaderCompressor

        init(limits: StreamingLimits = StreamingLimits()) throws {
            session = try SPDYSession(limits: limits)
            server = try SPDYHeaderCompressor()
            _ = try session.open([SPDYHeader("streamtype", "stdout")])
        }

        mutating func receive(_ frames: SPDYFrame...) throws -> [CarrierEvent] {
            for frame in frames { session.append(SPDYFrameEncoder.encode(frame)) }
            var events: [CarrierEvent] = []
            while let event = try session.next() { events.append(event) }
            return events
        }

        mutating func reply(_ id: UInt32 = 1, _ flags: SPDYFlags = []) throws -> [CarrierEvent] {
            try receive(.synReply(id: id, flags: flags, block: server.compress([])))
        }
    }

    private let one = StreamKey(1)
    private let text = ByteBuffer(string: "text")

    @Test func `streams of a client have odd ids and their headers are read by one zlib stream`() throws {
        var session = try SPDYSession(limits: StreamingLimits())
        let decompressor = try SPDYHeaderDecompressor(limit: 1_024)
        for (number, name) in ["error", "stdin", "stdout"].enumerated() {
            var decoder = SPDYFrameDecoder(controlFrameLimit: 1_024)
            let (key, bytes) = try session.open([SPDYHeader("streamtype", name)])
            #expect(key == StreamKey(UInt32(2 * number + 1)))
            decoder.append(bytes)
            guard case .synStream(key.value, [], let block)? = try decoder.next() else {
                Issue.record("no SYN_STREAM")
                return
            }
            #expect(try decompressor.decompress(block) == [SPDYHeader("streamtype", name)])
        }
    }

    @Test func `a reply opens, data comes, the last frame ends`() throws {
        var bench = try Bench()
        #expect(try bench.reply() == [.opened(one)])
        #expect(try bench.receive(.data(id: 1, bytes: text, isFinal: false)) == [.data(one, text, endsMessage: false)])
        #expect(try bench.receive(.data(id: 1, bytes: ByteBuffer(), isFinal: false)) == [])
        #expect(
            try bench.receive(.data(id: 1, bytes: text, isFinal: true))
                == [.data(one, text, endsMessage: false), .ended(one, .finished)]
        )
        #expect(bench.session.danglingReason == nil)
    }

    @Test func `a half-close of ours leaves the other direction open`() throws {
        var bench = try Bench()
        _ = try bench.reply()
        let last = try bench.session.finish(one)
        #expect(last == SPDYFrameEncoder.encode(.data(id: 1, bytes: ByteBuffer(), isFinal: true)))
        #expect(code { _ = try bench.session.data([1], on: one) } == .closed)
        #expect(code { _ = try bench.session.finish(one) } == .closed)
        #expect(try bench.receive(.data(id: 1, bytes: text, isFinal: false)) == [.data(one, text, endsMessage: false)])
    }

    @Test func `a half-close of the server's leaves ours open`() throws {
        var bench = try Bench()
        _ = try bench.reply(1, .fin)
        #expect(
            try bench.session.data([7], on: one)
                == SPDYFrameEncoder.encode(.data(id: 1, bytes: ByteBuffer(bytes: [7]), isFinal: false))
        )
        _ = try bench.session.finish(one)
        #expect(code { _ = try bench.session.data([7], on: one) } == .closed)
    }

    @Test func `data is not sent on a stream that was not answered`() throws {
        var bench = try Bench()
        #expect(code { _ = try bench.session.data([1], on: one) } == .notPossible)
    }

    @Test func `a reset with CANCEL ends a stream, another one breaks it, one before the reply refuses it`() throws {
        var bench = try Bench()
        _ = try bench.reply()
        #expect(try bench.receive(.rstStream(id: 1, status: .cancel)) == [.ended(one, .cancelled)])
        #expect(code { _ = try bench.session.data([1], on: one) } == .streamReset)
        var broken = try Bench()
        _ = try broken.reply()
        let reset = StreamingError(.streamReset, "")
        #expect(try broken.receive(.rstStream(id: 1, status: .protocolError)) == [.refused(one, reset)])
        var refused = try Bench()
        let refusal = StreamingError(.streamRefused, "")
        #expect(try refused.receive(.rstStream(id: 1, status: .cancel)) == [.refused(one, refusal)])
    }

    @Test func `frames for a stream that is over are nobody's business`() throws {
        var bench = try Bench()
        _ = try bench.reply()
        _ = bench.session.reset(one)
        let late = try bench.receive(
            .data(id: 1, bytes: text, isFinal: true),
            .rstStream(id: 1, status: .cancel),
            .headers(id: 1, flags: .fin, block: bench.server.compress([SPDYHeader("a", "b")]))
        )
        #expect(late == [])
        #expect(try bench.reply() == [])
    }

    @Test func `later blocks are understood although those before were of no interest`() throws {
        var bench = try Bench()
        _ = try bench.reply()
        let headers = try bench.receive(
            .headers(id: 1, flags: [], block: bench.server.compress([SPDYHeader("x", "y")]))
        )
        #expect(headers == [])
        _ = try bench.session.open([])
        #expect(try bench.reply(3) == [.opened(StreamKey(3))])
    }

    @Test func `the server's pings are answered and answers to ours counted`() throws {
        var bench = try Bench()
        #expect(try bench.receive(.ping(2)) == [.answer(SPDYFrameEncoder.encode(.ping(2)), .ping)])
        #expect(bench.session.ping() == SPDYFrameEncoder.encode(.ping(1)))
        #expect(bench.session.ping() == SPDYFrameEncoder.encode(.ping(3)))
        #expect(try bench.receive(.ping(3)) == [.pong])
    }

    @Test func `what is only said for information changes nothing`() throws {
        var bench = try Bench()
        let events = try bench.receive(
            .settings([SPDYSetting(key: 4, value: 1)]),
            .windowUpdate(id: 1, delta: 5),
            .windowUpdate(id: 0, delta: 5),
            .unknown(type: 10)
        )
        #expect(events == [])
    }

    @Test func `a GOAWAY refuses what was not taken, keeps the rest and forbids new streams`() throws {
        var bench = try Bench()
        _ = try bench.reply()
        _ = try bench.session.open([])
        _ = try bench.session.open([])
        let farewell = PeerFarewell.goAway(status: 0, lastGoodStream: 3)
        let refusal = StreamingError(.streamRefused, "")
        #expect(
            try bench.receive(.goAway(lastGood: 3, status: 0))
                == [.farewell(farewell, isLast: false), .refused(StreamKey(5), refusal)]
        )
        #expect(try bench.receive(.data(id: 1, bytes: text, isFinal: false)) == [.data(one, text, endsMessage: false)])
        #expect(code { _ = try bench.session.open([]) } == .closed)
        #expect(bench.session.danglingReason == nil)
    }

    @Test func `an end without the end of the streams is told from an orderly one`() throws {
        var bench = try Bench()
        _ = try bench.reply()
        #expect(bench.session.danglingReason?.contains("without ending its streams") == true)
        bench.session.append(ByteBuffer(bytes: hex("00000001 00 000004 61")))
        while try bench.session.next() != nil {}
        #expect(bench.session.danglingReason?.contains("in the middle of a SPDY frame") == true)
        var error = try Bench()
        _ = try error.receive(.goAway(lastGood: 1, status: 2))
        #expect(error.session.danglingReason?.contains("GOAWAY status 2") == true)
    }

    @Test func `streams that a server opens are refused, up to a limit`() throws {
        var limits = StreamingLimits()
        limits.serverStreams = 3
        var bench = try Bench(limits: limits)
        for id in stride(from: UInt32(2), through: 6, by: 2) {
            let events = try bench.receive(.synStream(id: id, flags: [], block: bench.server.compress([])))
            let reset = SPDYFrameEncoder.encode(.rstStream(id: id, status: .refusedStream))
            #expect(events == [.answer(reset, .uninvitedStream)])
        }
        #expect(
            code { _ = try bench.receive(.synStream(id: 8, flags: [], block: bench.server.compress([]))) }
                == .limitExceeded
        )
    }

    @Test func `what a server must not send`() throws {
        let wrong: [(inout Bench) throws -> [CarrierEvent]] = [
            { try $0.receive(.data(id: 1, bytes: ByteBuffer(string: "x"), isFinal: false)) },
            { try $0.receive(.data(id: 3, bytes: ByteBuffer(string: "x"), isFinal: false)) },
            { try $0.receive(.data(id: 2, bytes: ByteBuffer(string: "x"), isFinal: false)) },
            { try $0.receive(.rstStream(id: 9, status: .cancel)) },
            { try $0.reply(5) },
            { try $0.reply() + $0.reply() },
            { try $0.reply(1, .fin) + $0.receive(.data(id: 1, bytes: ByteBuffer(string: "x"), isFinal: false)) },
            { try $0.receive(.headers(id: 7, flags: [], block: $0.server.compress([]))) },
        ]
        for (index, frames) in wrong.enumerated() {
            var bench = try Bench()
            #expect(code { _ = try frames(&bench) } == .protocolViolation, "number \(index)")
        }
    }

    @Test func `leaving resets what is open and goes away`() throws {
        var bench = try Bench()
        _ = try bench.reply()
        _ = try bench.session.open([])
        var expected = SPDYFrameEncoder.encode(.rstStream(id: 1, status: .cancel))
        expected.writeImmutableBuffer(SPDYFrameEncoder.encode(.rstStream(id: 3, status: .cancel)))
        expected.writeImmutableBuffer(SPDYFrameEncoder.encode(.goAway(lastGood: 0, status: 0)))
        #expect(bench.session.farewell() == expected)
    }
}

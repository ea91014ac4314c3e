import CRICatalog
import CRIClient
import FakeCRI
import Testing

/// How answers, good and bad, become call records.
@Suite(.timeLimit(.minutes(10)))
struct AnswerTests {
    @Test func `a good answer gives its message, headers and trailers`() async throws {
        let script = FakeScript { _ in
            [
                .headers([(":status", "200"), ("content-type", "application/grpc+proto"), ("x-h", "1")]),
                .message([1, 2, 3]), .headers([("grpc-status", "0"), ("x-t", "2")], end: true),
            ]
        }
        try await withFake(script) { client, _ in
            let record = await client.call(try rpc("Version"), request: [9], options: CRICallOptions())
            #expect(record.code == .ok)
            #expect(record.source == .runtime)
            #expect(record.responses == [[1, 2, 3]])
            #expect(record.request == [9])
            #expect(record.headers.map(\.0) == [":status", "content-type", "x-h"])
            #expect(record.trailers.map(\.1) == ["0", "2"])
            #expect(record.elapsed > .zero)
            #expect(client.callsInFlight().isEmpty)
        }
    }

    @Test func `a request carries what grpc-go's would`() async throws {
        let (seen, continuation) = AsyncStream<FakeRequest>.makeStream()
        let script = FakeScript { request in
            continuation.yield(request)
            return FakeAction.ok([])
        }
        try await withFake(script) { client, _ in
            var options = deadline(.seconds(90))
            options.metadata = [("X-Trace", "t"), ("te", "gzip"), ("grpc-timeout", "1n"), (":path", "/x")]
            _ = await client.call(try rpc("ListImages"), request: [5, 6], options: options)
        }
        continuation.finish()
        let request = try #require(await seen.first { _ in true })
        #expect(
            request.headers.map(\.0) == [
                ":method", ":scheme", ":path", ":authority", "content-type", "user-agent", "te", "grpc-timeout",
                "x-trace",
            ]
        )
        #expect(request[":path"] == "/runtime.v1.ImageService/ListImages")
        #expect(request[":authority"] == "localhost")
        #expect(request["te"] == "trailers")
        #expect(request["content-type"] == "application/grpc")
        #expect(request["user-agent"] == "crisol")
        let timeout = try #require(request["grpc-timeout"])
        #expect(timeout.hasSuffix("u"))
        #expect(timeout <= "90000000u")
        #expect(request.body == [0, 0, 0, 0, 2, 5, 6])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let actions: [FakeAction]
        let code: StatusCode
        let source: StatusSource
        let text: String

        var testDescription: String { name }

        init(_ name: String, _ code: StatusCode, _ source: StatusSource, _ text: String, _ actions: [FakeAction]) {
            self.name = name
            self.actions = actions
            self.code = code
            self.source = source
            self.text = text
        }
    }

    private static let html = [(":status", "404"), ("content-type", "text/html")]

    static let cases: [Case] = [
        Case(
            "trailers only",
            .notFound,
            .runtime,
            "no container 'ü'",
            FakeAction.trailersOnly([("grpc-status", "5"), ("grpc-message", "no container '%C3%BC'")])
        ),
        // As grpc-go ends it for kubelet; a stream without messages is a good one.
        Case(
            "OK without an answer",
            .internal,
            .transport,
            "cardinality violation",
            FakeAction.trailersOnly([("grpc-status", "0")])
        ),
        Case(
            "a deadline of the runtime's own",
            .deadlineExceeded,
            .runtime,
            "context deadline exceeded",
            FakeAction.trailersOnly([("grpc-status", "4"), ("grpc-message", "context deadline exceeded")])
        ),
        Case(
            "an error after a message",
            .aborted,
            .runtime,
            "late",
            [.answerHeaders, .message([1]), .trailers(10, "late")]
        ),
        Case(
            "a code without a name",
            StatusCode(rawValue: 99),
            .runtime,
            "odd",
            FakeAction.trailersOnly([("grpc-status", "99"), ("grpc-message", "odd")])
        ),
        Case(
            "a status that is no number",
            .unknown,
            .transport,
            "malformed grpc-status 'four'",
            FakeAction.trailersOnly([("grpc-status", "four")])
        ),
        Case(
            "no grpc-status in the trailers",
            .unknown,
            .transport,
            "no grpc-status",
            [.answerHeaders, .message([1]), .headers([("x", "y")], end: true)]
        ),
        Case(
            "HTTP 404 and a page",
            .unimplemented,
            .transport,
            "HTTP status 404, its content-type is 'text/html'",
            [.headers(html), .data([60], end: true)]
        ),
        Case("HTTP 404 without a body", .unimplemented, .transport, "HTTP status 404", [.headers(html, end: true)]),
        Case("HTTP 503", .unavailable, .transport, "HTTP status 503", [.headers([(":status", "503")], end: true)]),
        Case("HTTP 403", .permissionDenied, .transport, "HTTP status 403", [.headers([(":status", "403")], end: true)]),
        Case("HTTP 418", .unknown, .transport, "HTTP status 418", [.headers([(":status", "418")], end: true)]),
        Case("no status at all", .unknown, .transport, "not gRPC", [.headers([("x", "y")], end: true)]),
        Case(
            "a stream that ends without trailers",
            .internalError,
            .transport,
            "server closed the stream without sending trailers",
            [.answerHeaders, .data(FakeAction.framed([1]), end: true)]
        ),
        Case(
            "a message cut in its middle",
            .internalError,
            .transport,
            "after 2 of 10 message bytes",
            [.answerHeaders, .data(FakeAction.framed([1, 2], length: 10)), .trailers()]
        ),
        Case(
            "a message cut in its prefix",
            .internalError,
            .transport,
            "inside a message's prefix",
            [.answerHeaders, .data([0, 0], end: true)]
        ),
        Case(
            "no message",
            .internalError,
            .transport,
            "received no response message",
            [.answerHeaders, .trailers()]
        ),
        Case(
            "two messages",
            .internalError,
            .transport,
            "received another message",
            [.answerHeaders, .message([1]), .message([2]), .trailers()]
        ),
        Case(
            "a compressed message without an encoding",
            .internalError,
            .transport,
            "compressed flag set with identity or empty encoding",
            [.answerHeaders, .message([1], flag: 1), .trailers()]
        ),
        Case(
            "a gzip message",
            .internalError,
            .transport,
            "compressed with 'gzip'",
            [
                .headers([(":status", "200"), ("content-type", "application/grpc"), ("grpc-encoding", "gzip")]),
                .message([1], flag: 1), .trailers(),
            ]
        ),
        Case(
            "an unknown flag",
            .internalError,
            .transport,
            "unexpected payload format 7",
            [.answerHeaders, .message([1], flag: 7), .trailers()]
        ),
        Case(
            "a body before headers",
            .internalError,
            .transport,
            "",
            [.data([1])]
        ),
        Case("RST REFUSED_STREAM", .unavailable, .transport, "REFUSED_STREAM", [.reset(7)]),
        Case("RST CANCEL", .cancelled, .transport, "CANCEL", [.answerHeaders, .reset(8)]),
        Case("RST ENHANCE_YOUR_CALM", .resourceExhausted, .transport, "ENHANCE_YOUR_CALM", [.reset(11)]),
        Case("RST INTERNAL_ERROR", .internalError, .transport, "INTERNAL_ERROR", [.reset(2)]),
        Case("RST NO_ERROR", .internalError, .transport, "NO_ERROR", [.reset(0)]),
        Case("RST of an unknown code", .unknown, .transport, "error code 300", [.reset(300)]),
    ]

    @Test(arguments: cases)
    func `every answer comes to one definite status`(answer: Case) async throws {
        let script = FakeScript { request in
            request.message == [1] ? answer.actions : FakeAction.ok([7])
        }
        try await withFake(script) { client, fake in
            let record = await client.call(try rpc("Version"), request: [1], options: deadline(.seconds(30)))
            #expect(record.code == answer.code)
            #expect(record.source == answer.source)
            #expect(record.message.contains(answer.text), "\(record.message)")
            if case .reset(let code)? = answer.actions.last { #expect(record.resetCode == code) }
            // The connection must outlive whatever happened to one of its streams.
            let next = await client.call(try rpc("Version"), request: [2], options: deadline(.seconds(30)))
            #expect(next.responses == [[7]])
            #expect(fake.events.count { $0 == .connected(2) } == 0)
        }
    }

    @Test func `informational headers before the answer are skipped`() async throws {
        let script = FakeScript { _ in [.headers([(":status", "103")])] + FakeAction.ok([1]) }
        try await withFake(script) { client, _ in
            let record = await client.call(try rpc("Version"), request: [], options: deadline(.seconds(30)))
            #expect(record.code == .ok)
            #expect(record.headers.first?.1 == "200")
        }
    }

    @Test func `a message over the limit ends the call at its prefix with grpc-go's text`() async throws {
        let script = FakeScript { _ in [.answerHeaders, .data(FakeAction.framed([], length: 17 << 20))] }
        try await withFake(script) { client, fake in
            let record = await client.call(try rpc("ListContainers"), request: [], options: CRICallOptions())
            #expect(record.code == .resourceExhausted)
            #expect(record.source == .limit)
            #expect(record.message == "grpc: received message larger than max (17825792 vs. 16777216)")
            await fake.wait(for: .reset(stream: 1, code: 8))
        }
    }

    @Test func `trailers of a mebibyte arrive whole`() async throws {
        let text = String(repeating: "x", count: 1 << 20)
        try await withFake(FakeScript { _ in [.answerHeaders, .trailers(2, text)] }) { client, _ in
            let record = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
            #expect(record.code == .unknown)
            #expect(record.message.utf8.count == 1 << 20)
        }
    }

    @Test func `large messages pass both ways through the windows`() async throws {
        let size = 64 << 20
        let script = FakeScript { request in
            [
                .answerHeaders, .message([UInt8](repeating: request.body.last ?? 0, count: request.message.count)),
                .trailers(),
            ]
        }
        try await withFake(script) { client, _ in
            var options = CRICallOptions()
            options.receiveLimit = size
            let request = [UInt8](repeating: 5, count: size)
            let record = await client.call(try rpc("ListContainers"), request: request, options: options)
            #expect(record.code == .ok)
            #expect(record.responses.first?.count == size)
            #expect(record.responses.first?.allSatisfy { $0 == 5 } == true)
        }
    }

    @Test func `an error sent before the request was read through ends the call and the upload`() async throws {
        var script = FakeScript { _ in FakeAction.ok([1]) }
        script.opensWindows = false
        script.onHeaders = { _ in FakeAction.trailersOnly([("grpc-status", "8"), ("grpc-message", "too big")]) }
        try await withFake(script) { client, fake in
            let record = await client.call(
                try rpc("CreateContainer"),
                request: [UInt8](repeating: 0, count: 1 << 20),
                options: CRICallOptions()
            )
            #expect(record.code == .resourceExhausted)
            #expect(record.message == "too big")
            await fake.wait(for: .reset(stream: 1, code: 8))
        }
    }
}

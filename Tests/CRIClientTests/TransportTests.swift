import CRI
import CRICatalog
import CRIClient
import FakeCRI
import GRPCCore
import Synchronization
import Testing

/// Typed calls go over the same client and are recorded like the others.
@Suite(.timeLimit(.minutes(10)))
struct TransportTests {
    private static let version = MethodDescriptor(fullyQualifiedService: "runtime.v1.RuntimeService", method: "Version")
    private static let events = MethodDescriptor(
        fullyQualifiedService: "runtime.v1.RuntimeService",
        method: "GetContainerEvents"
    )

    private func unary(
        _ client: CRIClient,
        _ descriptor: MethodDescriptor = version,
        timeout: Duration? = nil
    ) async throws -> [UInt8] {
        var options = GRPCCore.CallOptions.defaults
        options.timeout = timeout
        return try await GRPCClient(transport: client.transport).unary(
            request: ClientRequest(message: [1, 2], metadata: ["x-trace": "t"]),
            descriptor: descriptor,
            serializer: Raw(),
            deserializer: Raw(),
            options: options
        ) { try $0.message }
    }

    @Test func `a unary call gives its message and one record`() async throws {
        let log = RecorderLog()
        let script = FakeScript { FakeAction.ok($0.message + [$0["x-trace"] == "t" ? 1 : 0]) }
        try await withFake(script, recorder: log) { client, _ in
            let message = try await unary(client, timeout: .seconds(30))
            #expect(message == [1, 2, 1])
            #expect(client.callsInFlight().isEmpty)
        }
        #expect(log.calls.count == 1)
        #expect(log.calls.first?.rpc.name == "Version")
        #expect(log.calls.first?.request == [1, 2])
        #expect(log.calls.first?.responses == [[1, 2, 1]])
    }

    @Test func `the generated stubs speak over it, each service to its own socket`() async throws {
        let version = MessageCodec().encode(
            Record(type: "VersionResponse", fields: ["runtimeName": .text("fake"), "version": .text("0.1.0")])
        )
        let pulled = MessageCodec().encode(Record(type: "PullImageResponse", fields: ["imageRef": .text("i")]))
        try await withSocket { runtime in
            try await withSocket { image in
                try await FakeRuntime.run(FakeScript { _ in FakeAction.ok(version) }, at: runtime) { _ in
                    try await FakeRuntime.run(FakeScript { _ in FakeAction.ok(pulled) }, at: image) { _ in
                        try await withCRIClient(runtime: runtime, image: image) { client in
                            let answer = try await client.runtime.version(Runtime_V1_VersionRequest())
                            #expect(answer.runtimeName == "fake")
                            let image = try await client.image.pullImage(Runtime_V1_PullImageRequest())
                            #expect(image.imageRef == "i")
                        }
                    }
                }
            }
        }
    }

    @Test func `a status is thrown with its code, text and trailers`() async throws {
        let script = FakeScript { _ in
            FakeAction.trailersOnly([("grpc-status", "5"), ("grpc-message", "no such"), ("x-t", "1")])
        }
        try await withFake(script) { client, _ in
            let error = await #expect(throws: RPCError.self) { try await unary(client) }
            #expect(error?.code == .notFound)
            #expect(error?.message == "no such")
            #expect(error?.metadata[stringValues: "x-t"].contains("1") == true)
        }
    }

    @Test func `no socket is unavailable, and an RPC the CRI does not have is unimplemented`() async throws {
        try await withSocket { endpoint in
            try await withCRIClient(runtime: endpoint) { client in
                let missing = await #expect(throws: RPCError.self) { try await unary(client) }
                #expect(missing?.code == .unavailable)
                let other = MethodDescriptor(fullyQualifiedService: "runtime.v1.RuntimeService", method: "Nope")
                let unknown = await #expect(throws: RPCError.self) { try await unary(client, other) }
                #expect(unknown?.code == .unimplemented)
            }
        }
    }

    @Test func `a timeout is the deadline's doing, whichever timer fires first`() async throws {
        let log = RecorderLog()
        try await withFake(FakeScript { $0.stream == 1 ? FakeAction.ok([]) : [] }, recorder: log) { client, fake in
            // So that the deadline does not pass while dialling.
            _ = try await unary(client)
            let error = await #expect(throws: RPCError.self) { try await unary(client, timeout: .seconds(15)) }
            #expect(error?.code == .deadlineExceeded)
            await fake.wait(for: .reset(stream: 3, code: 8))
        }
        #expect(log.calls.map(\.source) == [.runtime, .deadline])
    }

    @Test func `cancelling the task cancels the call`() async throws {
        let log = RecorderLog()
        try await withFake(FakeScript { _ in [] }, recorder: log) { client, fake in
            let task = Task { try await unary(client) }
            await fake.wait(for: .request(connection: 1, stream: 1))
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            await fake.wait(for: .reset(stream: 1, code: 8))
        }
        #expect(log.calls.map(\.source) == [.cancelled])
    }

    @Test func `a stream is read to its end`() async throws {
        let script = FakeScript { _ in
            [.answerHeaders] + (0..<1_000).map { .message([UInt8($0 % 256)]) } + [.trailers()]
        }
        try await withFake(script) { client, _ in
            let count = try await GRPCClient(transport: client.transport).serverStreaming(
                request: ClientRequest(message: []),
                descriptor: Self.events,
                serializer: Raw(),
                deserializer: Raw(),
                options: .defaults
            ) { response in
                var count = 0
                for try await message in response.messages {
                    #expect(message == [UInt8(count % 256)])
                    count += 1
                }
                return count
            }
            #expect(count == 1_000)
        }
    }

    @Test func `leaving a stream early resets it and records it`() async throws {
        let log = RecorderLog()
        let script = FakeScript { _ in [.answerHeaders, .message([1]), .message([2])] }
        try await withFake(script, recorder: log) { client, fake in
            try await GRPCClient(transport: client.transport).serverStreaming(
                request: ClientRequest(message: []),
                descriptor: Self.events,
                serializer: Raw(),
                deserializer: Raw(),
                options: .defaults
            ) { response in
                for try await _ in response.messages { break }
            }
            await fake.wait(for: .reset(stream: 1, code: 8))
            #expect(client.callsInFlight().isEmpty)
        }
        #expect(log.calls.map(\.source) == [.cancelled])
    }

    @Test func `a consumer that does not read holds the runtime through its window`() async throws {
        let sent = Mutex(0)
        let script = FakeScript { request in
            if request[":path"] == "/runtime.v1.RuntimeService/Status" { return FakeAction.ok([]) }
            return [.answerHeaders] + (0..<64).map { _ in .message([UInt8](repeating: 1, count: 1 << 20)) }
                + [.trailers()]
        }
        let log = RecorderLog()
        try await withFake(script, recorder: log) { client, fake in
            try await GRPCClient(transport: client.transport).serverStreaming(
                request: ClientRequest(message: []),
                descriptor: Self.events,
                serializer: Raw(),
                deserializer: Raw(),
                options: .defaults
            ) { response in
                var iterator = response.messages.makeAsyncIterator()
                _ = try await iterator.next()
                // Other calls on the connection go on; their round trips are time enough for all 64 MiB.
                for _ in 0..<100 {
                    let other = await client.call(try rpc("Status"), request: [], options: CRICallOptions())
                    #expect(other.code == .ok)
                }
                sent.withLock { $0 = fake.bytesSent }
                while try await iterator.next() != nil {}
            }
        }
        #expect(sent.withLock { $0 } < 32 << 20)
        #expect(log.calls.last?.code == .ok)
    }
}

/// Messages as plain bytes.
private struct Raw: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}

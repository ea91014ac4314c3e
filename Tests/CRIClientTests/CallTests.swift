import CRICatalog
import CRIClient
import FakeCRI
import Synchronization
import Testing

/// Deadlines, cancellation, streams and recording.
@Suite(.timeLimit(.minutes(10)))
struct CallTests {
    @Test func `our timer ends a call the runtime never answers, and resets its stream`() async throws {
        try await withFake(FakeScript { $0.stream == 1 ? FakeAction.ok([]) : [] }) { client, fake in
            // So that the deadline does not pass while dialling.
            _ = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
            let record = await client.call(try rpc("Version"), request: [], options: deadline(.seconds(2)))
            #expect(record.code == .deadlineExceeded)
            #expect(record.source == .deadline)
            #expect(record.elapsed >= .seconds(2))
            await fake.wait(for: .reset(stream: 3, code: 8))
        }
    }

    @Test(arguments: [Duration.zero, .seconds(-5)])
    func `a deadline that has passed sends nothing`(limit: Duration) async throws {
        try await withFake { client, fake in
            let record = await client.call(try rpc("Version"), request: [], options: deadline(limit))
            #expect(record.code == .deadlineExceeded)
            #expect(record.source == .deadline)
            #expect(fake.events.isEmpty)
        }
    }

    @Test func `a deadline beyond any clock is no problem`() async throws {
        try await withFake { client, _ in
            let record = await client.call(
                try rpc("Version"),
                request: [],
                options: deadline(.seconds(Int64.max))
            )
            #expect(record.code == .ok)
        }
    }

    @Test func `cancelling the task resets the stream with CANCEL`() async throws {
        try await withFake(FakeScript { _ in [] }) { client, fake in
            let version = try rpc("Version")
            let task = Task { await client.call(version, request: [], options: CRICallOptions()) }
            await fake.wait(for: .request(connection: 1, stream: 1))
            #expect(client.callsInFlight().map(\.rpc.name) == ["Version"])
            task.cancel()
            let record = await task.value
            #expect(record.code == .cancelled)
            #expect(record.source == .cancelled)
            await fake.wait(for: .reset(stream: 1, code: 8))
            #expect(client.callsInFlight().isEmpty)
        }
    }

    @Test func `a task that is already cancelled sends nothing`() async throws {
        try await withFake { client, fake in
            let version = try rpc("Version")
            let record = await withTaskGroup(of: CallRecord?.self) { group in
                group.cancelAll()
                group.addTask { await client.call(version, request: [], options: CRICallOptions()) }
                return await group.next() ?? nil
            }
            #expect(record?.code == .cancelled)
            #expect(fake.events.isEmpty)
        }
    }

    @Test func `frames that come after a cancellation hurt nobody`() async throws {
        try await withFake(FakeScript { $0.message == [1] ? [.answerHeaders] : FakeAction.ok([7]) }) { client, fake in
            let version = try rpc("Version")
            for round in 0..<50 {
                let stream = UInt32(round * 2 + 1)
                let task = Task { await client.call(version, request: [1], options: CRICallOptions()) }
                await fake.wait(for: .request(connection: 1, stream: stream))
                task.cancel()
                #expect(await task.value.code == .cancelled)
                // DATA that was on its way when the reset was sent: the last piece ends the stream.
                for end in [UInt8(0), 0, 1] {
                    let header: [UInt8] = [0, 0x20, 0, 0, end, 0, 0, 0, UInt8(stream)]
                    fake.play([.raw(header + [UInt8](repeating: 0, count: 0x2000))])
                }
            }
            #expect(await client.call(version, request: [2], options: CRICallOptions()).responses == [[7]])
            #expect(!fake.events.contains(.connected(2)))
        }
    }

    @Test func `a server stream hands on its messages in order and returns at its end`() async throws {
        let script = FakeScript { _ in
            [.answerHeaders] + (0..<1_000).map { .message([UInt8($0 / 256), UInt8($0 % 256)]) } + [.trailers()]
        }
        try await withFake(script) { client, _ in
            let seen = Mutex<[Int]>([])
            let headers = Mutex(0)
            let record = await client.stream(
                try rpc("GetContainerEvents"),
                request: [],
                options: CRICallOptions(),
                onHeaders: { headers.withLock { $0 += 1 } },
                onMessage: { message in seen.withLock { $0.append(Int(message[0]) * 256 + Int(message[1])) } }
            )
            #expect(record.code == .ok)
            #expect(record.responses.count == 1_000)
            #expect(seen.withLock { $0 } == Array(0..<1_000))
            #expect(headers.withLock { $0 } == 1)
        }
    }

    @Test func `an empty server stream is a good one`() async throws {
        try await withFake(FakeScript { _ in FakeAction.trailersOnly([("grpc-status", "0")]) }) { client, _ in
            let record = await client.stream(
                try rpc("GetContainerEvents"),
                request: [],
                options: CRICallOptions(),
                onMessage: { _ in }
            )
            #expect(record.code == .ok)
            #expect(record.responses.isEmpty)
        }
    }

    @Test func `a long stream keeps no more than it may, and says so`() async throws {
        let script = FakeScript { _ in
            [.answerHeaders] + (0..<100).map { _ in .message([UInt8](repeating: 1, count: 100)) } + [.trailers()]
        }
        try await withFake(script) { client, _ in
            let count = Mutex(0)
            var options = CRICallOptions()
            options.keepLimit = 1_000
            let record = await client.stream(
                try rpc("GetContainerEvents"),
                request: [],
                options: options,
                onMessage: { _ in count.withLock { $0 += 1 } }
            )
            #expect(record.responses.count == 10)
            #expect(record.responsesNotKept == 90)
            #expect(count.withLock { $0 } == 100)
        }
    }

    @Test func `every finished call is recorded once, in the order it ended`() async throws {
        let log = RecorderLog()
        try await withFake(recorder: log) { client, _ in
            for name in ["Version", "Status", "ListImages"] {
                _ = await client.call(try rpc(name), request: [1], options: CRICallOptions())
            }
        }
        #expect(log.calls.map(\.rpc.name) == ["Version", "Status", "ListImages"])
        #expect(log.calls.map(\.id) == [1, 2, 3])
        #expect(log.calls.allSatisfy { $0.sentAt.monotonicNanoseconds <= $0.receivedAt.monotonicNanoseconds })
    }
}

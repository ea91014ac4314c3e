import CRICatalog
import CRIClient
import FakeCRI
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Connections: made late, lost, made again; and peers that are no runtimes.
@Suite(.timeLimit(.minutes(10)))
struct LinkTests {
    @Test func `nothing is dialled before the first call, and each service has a connection of its own`() async throws {
        try await withFake { client, fake in
            #expect(fake.events.isEmpty)
            for _ in 0..<3 {
                let record = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
                #expect(record.code == .ok)
            }
            #expect(fake.events.count { if case .connected = $0 { true } else { false } } == 1)
            let images = await client.call(try rpc("ListImages"), request: [], options: CRICallOptions())
            #expect(images.code == .ok)
            #expect(fake.events.contains(.connected(2)))
        }
    }

    @Test func `a socket that does not exist is named with its cause`() async throws {
        try await withSocket { endpoint in
            try await withCRIClient(runtime: endpoint) { client in
                let record = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
                #expect(record.code == .unavailable)
                #expect(record.source == .transport)
                #expect(record.message == "cannot connect to \(endpoint): no such file")
            }
        }
    }

    @Test func `a socket nobody listens on refuses the connection`() async throws {
        try await withSocket { endpoint in
            // A regular file refuses just as a socket without a listener does.
            try Data().write(to: URL(filePath: endpoint.path))
            try await withCRIClient(runtime: endpoint) { client in
                let record = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
                #expect(record.message == "cannot connect to \(endpoint): connection refused")
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak HTTP/2: it said 'HTTP/1.1 400 Bad Request....'"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP/2: it said 'SSH-2.0-OpenSSH_9.2..'"),
        ("\u{0}\u{0}\u{6}\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}......", "does not speak HTTP/2"),
        ("+O", "does not speak HTTP/2: it said '+O'"),
    ])
    func `a peer that speaks something else is told from a runtime`(greeting: String, text: String) async throws {
        var script = FakeScript()
        script.greeting = { _ in [.raw(Array(greeting.utf8)), .close] }
        try await withFake(script) { client, fake in
            let record = await client.call(try rpc("Version"), request: [], options: deadline(.seconds(30)))
            #expect(record.code == .unavailable)
            #expect(record.source == .transport)
            #expect(record.message.hasPrefix("\(fake.endpoint) "))
            #expect(record.message.contains(text), "\(record.message)")
        }
    }

    @Test func `bytes that stop making sense end the connection and say so`() async throws {
        let script = FakeScript { _ in [.raw([0xff, 0xff, 0xff] + [UInt8](repeating: 0xff, count: 64))] }
        try await withFake(script) { client, _ in
            let record = await client.call(try rpc("Version"), request: [], options: deadline(.seconds(30)))
            #expect(record.code == .unavailable)
            #expect(record.message.contains("broke HTTP/2"), "\(record.message)")
        }
    }

    @Test(arguments: 0..<64)
    func `no garbage after the preface hangs or crashes the client`(seed: UInt64) async throws {
        let script = FakeScript { _ in
            var random = SplitMix(state: seed)
            return [
                .answerHeaders,
                .raw((0..<Int.random(in: 1...400, using: &random)).map { _ in .random(in: 0...255, using: &random) }),
                .close,
            ]
        }
        try await withFake(script) { client, _ in
            let record = await client.call(try rpc("Version"), request: [], options: deadline(.seconds(30)))
            #expect(record.code != .ok)
            #expect(record.source == .transport)
        }
    }

    @Test(arguments: 0..<256)
    func `no sequence of frames hangs or crashes the client`(seed: UInt64) async throws {
        let script = FakeScript { _ in
            var random = SplitMix(state: seed)
            return (0..<Int.random(in: 1...12, using: &random)).map { _ in .raw(randomFrame(&random)) } + [.close]
        }
        try await withFake(script) { client, _ in
            let name = seed % 2 == 0 ? "Version" : "GetContainerEvents"
            let record = await client.call(try rpc(name), request: [], options: deadline(.seconds(30)))
            #expect(record.source != .deadline)
            #expect(client.callsInFlight().isEmpty)
        }
    }

    @Test func `a peer that accepts and stays silent is unavailable within the dial timeout`() async throws {
        var script = FakeScript()
        script.greeting = { _ in [] }
        script.acknowledgesSettings = false
        try await withFake(script, dialTimeout: .milliseconds(200)) { client, fake in
            let record = await client.call(try rpc("Version"), request: [], options: deadline(.seconds(60)))
            #expect(record.code == .unavailable)
            #expect(record.source == .transport)
            #expect(
                record.message == "\(fake.endpoint) accepted the connection but did not answer within 200 ms"
            )
        }
    }

    @Test func `a shorter deadline ends the wait for a silent peer`() async throws {
        var script = FakeScript()
        script.greeting = { _ in [] }
        script.acknowledgesSettings = false
        try await withFake(script) { client, fake in
            let record = await client.call(try rpc("Version"), request: [], options: deadline(.seconds(2)))
            #expect(record.code == .unavailable)
            #expect(
                record.message == "\(fake.endpoint) accepted the connection but did not answer within 2 s"
            )
        }
    }

    @Test func `a peer that accepts and hangs up is named so`() async throws {
        var script = FakeScript()
        script.greeting = { _ in [.close] }
        try await withFake(script) { client, fake in
            let record = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
            #expect(record.message == "\(fake.endpoint) accepted the connection and closed it without an answer")
        }
    }

    @Test(arguments: [[FakeAction.close], [.answerHeaders, .data(FakeAction.framed([1, 2, 3], length: 9)), .close]])
    func `a connection lost during a call fails the call, and the next one dials again`(
        actions: [FakeAction]
    ) async throws {
        let script = FakeScript { $0.connection == 1 ? actions : FakeAction.ok([4]) }
        try await withFake(script) { client, fake in
            let record = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
            #expect(record.code == .unavailable)
            #expect(record.source == .transport)
            #expect(record.message == "\(fake.endpoint) closed the connection before answering")
            let next = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
            #expect(next.responses == [[4]])
        }
    }

    @Test func `a client outlives a restart of the runtime`() async throws {
        try await withSocket { endpoint in
            try await withCRIClient(runtime: endpoint) { client in
                for round in 1...3 {
                    let answer = UInt8(round)
                    let script = FakeScript { _ in FakeAction.ok([answer]) }
                    try await FakeRuntime.run(script, at: endpoint) { _ in
                        let record = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
                        #expect(record.responses == [[answer]])
                    }
                    let down = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
                    #expect(down.code == .unavailable)
                }
            }
        }
    }

    @Test func `a GOAWAY fails the calls it excludes, keeps the others, and moves new ones to a new connection`()
        async throws
    {
        let script = FakeScript { $0.connection == 1 ? [] : FakeAction.ok([2]) }
        try await withFake(script) { client, fake in
            async let kept = client.call(try rpc("Version"), request: [], options: CRICallOptions())
            await fake.wait(for: .request(connection: 1, stream: 1))
            async let excluded = client.call(try rpc("Version"), request: [], options: CRICallOptions())
            await fake.wait(for: .request(connection: 1, stream: 3))
            fake.play([.goAway(last: 1, code: 11, debug: "too_many_pings")])
            let lost = try await excluded
            #expect(lost.code == .unavailable)
            #expect(lost.source == .transport)
            #expect(lost.message.contains("GOAWAY ENHANCE_YOUR_CALM: too_many_pings"), "\(lost.message)")
            let next = await client.call(try rpc("Version"), request: [], options: CRICallOptions())
            #expect(next.responses == [[2]])
            fake.play(FakeAction.ok([1]), stream: 1)
            #expect(try await kept.responses == [[1]])
            await fake.wait(for: .closed(1))
        }
    }

    @Test func `a call on a connection that is going away keeps its own deadline while the next one is dialled`()
        async throws
    {
        var script = FakeScript { _ in [] }
        script.greeting = { $0 == 1 ? [.settings([])] : [] }
        script.acknowledgesSettings = false
        try await withFake(script) { client, fake in
            async let kept = client.call(try rpc("Version"), request: [], options: deadline(.seconds(3)))
            await fake.wait(for: .request(connection: 1, stream: 1))
            fake.play([.goAway(last: 1), .ping])
            await fake.wait(for: .pong)
            async let waiting = client.call(try rpc("Version"), request: [], options: deadline(.seconds(6)))
            await fake.wait(for: .preface(2))
            let late = try await kept
            #expect(late.code == .deadlineExceeded)
            #expect(late.source == .deadline)
            #expect(try await waiting.code == .unavailable)
        }
    }

    @Test func `calls beyond the runtime's stream limit wait their turn`() async throws {
        var script = FakeScript { _ in [] }
        script.greeting = { _ in [.settings([(3, 2)])] }
        try await withFake(script) { client, fake in
            try await withThrowingTaskGroup(of: CallRecord.self) { group in
                for _ in 0..<5 {
                    group.addTask { await client.call(try rpc("Version"), request: [], options: CRICallOptions()) }
                }
                var stream: UInt32 = 1
                for _ in 0..<5 {
                    await fake.wait(for: .request(connection: 1, stream: stream))
                    let open = fake.events.count { if case .request = $0 { true } else { false } }
                    #expect(open <= Int(stream / 2) + 2)
                    fake.play(FakeAction.ok([1]), stream: stream)
                    stream += 2
                }
                for try await record in group { #expect(record.code == .ok) }
            }
        }
    }

    @Test func `without a limit of the runtime's hundreds of calls are open at once`() async throws {
        var script = FakeScript { _ in [] }
        script.greeting = { _ in [.settings([])] }
        try await withFake(script) { client, fake in
            try await withThrowingTaskGroup(of: CallRecord.self) { group in
                for _ in 0..<300 {
                    group.addTask { await client.call(try rpc("Version"), request: [], options: CRICallOptions()) }
                }
                var open: [UInt32] = []
                while open.count < 300 {
                    await fake.wait { if case .request = $0 { true } else { false } }
                    open.append(UInt32(open.count * 2 + 1))
                }
                for stream in open { fake.play(FakeAction.ok([1]), stream: stream) }
                for try await record in group { #expect(record.code == .ok) }
            }
        }
    }

    @Test func `five thousand calls with a PING before every DATA frame stay on one connection`() async throws {
        var script = FakeScript { _ in FakeAction.ok([1]) }
        script.pingsBeforeData = true
        try await withFake(script) { client, fake in
            let version = try rpc("Version")
            var failures = 0
            for _ in 0..<5_000 {
                if await client.call(version, request: [], options: CRICallOptions()).code != .ok { failures += 1 }
            }
            #expect(failures == 0)
            #expect(!fake.events.contains(.connected(2)))
            #expect(fake.events.count { $0 == .pong } >= 4_999)
        }
    }

    @Test func `after the client's scope a runtime finds the connection closed and open calls reset`() async throws {
        try await withSocket { endpoint in
            try await FakeRuntime.run(FakeScript { _ in [] }, at: endpoint) { fake in
                let log = RecorderLog()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    try await withCRIClient(runtime: endpoint, recorder: log) { client in
                        group.addTask {
                            let record = await client.call(
                                try rpc("Version"),
                                request: [],
                                options: CRICallOptions()
                            )
                            #expect(record.code == .cancelled)
                            #expect(record.source == .cancelled)
                            #expect(record.message == "the client was shut down")
                        }
                        await fake.wait(for: .request(connection: 1, stream: 1))
                    }
                    try await group.waitForAll()
                }
                await fake.wait(for: .reset(stream: 1, code: 8))
                await fake.wait(for: .closed(1))
                #expect(log.calls.count == 1)
            }
        }
    }
}

/// A frame that looks right from afar: known types, few streams, payloads of the shapes they should have or nearly.
func randomFrame(_ random: inout SplitMix) -> [UInt8] {
    let type = UInt8.random(in: 0...10, using: &random)
    let flags: UInt8 = [0, 1, 4, 5, 8, 0x20, .random(in: 0...255, using: &random)].randomElement(using: &random) ?? 0
    let stream: UInt8 = [0, 1, 1, 1, 1, 2, 3].randomElement(using: &random) ?? 0
    let payloads: [[UInt8]] = [
        [], [0, 0, 0, 8], [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [1, 2, 3, 4, 5, 6, 7, 8],
        // :status 200 and content-type application/grpc, indexed and literal; a huge table size; an index out of range
        [0x88], [0x88, 0x0f, 0x10, 16] + Array("application/grpc".utf8), [0x3f, 0xe1, 0xff, 0xff, 0x7f],
        [0xff, 0x80, 0x01],
        [0, 3, 0, 0, 0, 0], [0, 4, 0x7f, 0xff, 0xff, 0xff], [0, 4, 0xff, 0xff, 0xff, 0xff], [0, 5, 0, 0, 0, 0],
        [0, 2, 0, 0, 0, 7], [0, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 7], [0, 0, 0, 0, 9, 7],
        (0..<Int.random(in: 0...60, using: &random)).map { _ in .random(in: 0...255, using: &random) },
    ]
    let payload = payloads.randomElement(using: &random) ?? []
    return [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload
}

/// A small generator with a seed, so that a failure can be had again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var result = state
        result = (result ^ (result >> 30)) &* 0xbf58_476d_1ce4_e5b9
        result = (result ^ (result >> 27)) &* 0x94d0_49bb_1331_11eb
        return result ^ (result >> 31)
    }
}

/// Keeps what a client records.
final class RecorderLog: CallRecorder {
    private let log = Mutex<[CallRecord]>([])

    var calls: [CallRecord] { log.withLock { $0 } }

    func record(_ call: CallRecord) { log.withLock { $0.append(call) } }
}

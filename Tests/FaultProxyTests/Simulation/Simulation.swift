import CRICatalog
import FaultModel
import NIOCore
import NIOHPACK
import SeededRandom

@testable import FaultProxy

/// A client and a runtime with a link between them, random traffic, random faults, random time.
final class Simulation {
    var generator: SeededGenerator
    let link: RelayLink
    let client = SimulatedPeer(isClient: true)
    let runtime = SimulatedPeer(isClient: false)
    private(set) var now: UInt64 = 1
    private var nextStream: UInt32 = 1
    private var deadlines: [UInt32: UInt64] = [:]
    /// What the runtime has to do when.
    private var work: [(time: UInt64, stream: UInt32)] = []
    private(set) var opened = 0
    private var finishedStreams: Set<UInt32> = []
    var finished: Int { finishedStreams.count }
    private(set) var executed: [UInt32: Int] = [:]
    /// How many bytes have come to either end.
    private var delivered = 0
    private let methods: [String]
    private let maxBody: Int

    init(seed: UInt64, methods: [String], maxBody: Int = 40_000, decider: any FaultDecider) {
        generator = SeededGenerator(seed: seed)
        self.methods = methods
        self.maxBody = maxBody
        link = RelayLink(decider: decider)
        client.onEnd = { [unowned self] in callFinished($0) }
        client.onReset = { [unowned self] id, _ in callFinished(id) }
        runtime.onEnd = { [unowned self] in requestArrived($0) }
        if generator.oneIn(2) { client.setInitialWindow(Int.random(in: 1000...200_000, using: &generator)) }
        if generator.oneIn(2) { runtime.setInitialWindow(Int.random(in: 1000...200_000, using: &generator)) }
    }

    var complaints: [String] {
        client.complaints.map { "client: \($0)" } + runtime.complaints.map { "runtime: \($0)" }
    }

    private func callFinished(_ stream: UInt32) {
        finishedStreams.insert(stream)
        deadlines[stream] = nil
    }

    private func requestArrived(_ stream: UInt32) {
        executed[stream, default: 0] += 1
        work.append((now + UInt64.random(in: 0...40_000_000, using: &generator), stream))
    }

    // MARK: - Running

    /// One random thing happens.
    func step(opening: Bool) {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<5 where opening && client.streams.count < 12: openCall()
        case 5 where generator.oneIn(3):
            if let id = client.streams.keys.sorted().randomElement(using: &generator) { giveUp(id) }
        case 6 where generator.oneIn(6):
            if let id = runtime.streams.keys.sorted().randomElement(using: &generator) { runtime.reset(id) }
        case 7: client.giveCredit()
        case 8: runtime.giveCredit()
        case 9 where generator.oneIn(10): client.setInitialWindow(Int.random(in: 0...100_000, using: &generator))
        case 10 where generator.oneIn(10): runtime.setInitialWindow(Int.random(in: 0...100_000, using: &generator))
        case 11 where generator.oneIn(3): answerEarly()
        case 12..<15: advance(UInt64.random(in: 0...30_000_000, using: &generator))
        default: break
        }
        move(client, .request)
        move(runtime, .response)
    }

    /// Everything that can still happen happens.
    func drain() {
        client.setInitialWindow(100_000)
        runtime.setInitialWindow(100_000)
        // A padded answer may have hundreds of megabytes: it is over when nothing moves any more, and not before.
        var (round, idle) = (0, 0)
        while idle < 400 {
            let before = delivered
            defer {
                round += 1
                idle = delivered == before ? idle + 1 : 0
            }
            // After a while the rules end, and with them what hangs for want of a deadline.
            advance(round == 200 ? 7_200_000_000_000 : 100_000_000)
            client.giveCredit()
            runtime.giveCredit()
            for _ in 0..<4 {
                move(client, .request, all: true)
                move(runtime, .response, all: true)
            }
            if client.streams.isEmpty, runtime.streams.isEmpty, link.exchanges.isEmpty, !client.hasOutput,
                !runtime.hasOutput
            {
                break
            }
        }
        // What the peers owe each other in credit is not lost.
        for _ in 0..<4 {
            client.giveCredit()
            runtime.giveCredit()
            move(client, .request, all: true)
            move(runtime, .response, all: true)
        }
    }

    private func move(_ peer: SimulatedPeer, _ direction: Direction, all: Bool = false) {
        guard peer.hasOutput else { return }
        let count =
            all
            ? .max
            : (generator.oneIn(3)
                ? Int.random(in: 1...30, using: &generator) : Int.random(in: 1...40_000, using: &generator))
        link.receive(ByteBuffer(bytes: peer.takeOutput(count)), direction, at: now)
        deliver()
    }

    private func deliver() {
        link.request.output.drain {
            delivered += $0.readableBytes
            runtime.receive($0)
        }
        link.response.output.drain {
            delivered += $0.readableBytes
            client.receive($0)
        }
    }

    private func advance(_ time: UInt64) {
        let end = now + time
        while let next = link.nextTimer, next <= end {
            now = max(now, next)
            link.tick(at: now)
            deliver()
        }
        now = end
        link.tick(at: now)
        deliver()
        for (id, deadline) in deadlines.sorted(by: { $0.key < $1.key }) where deadline <= now { giveUp(id) }
        let due = work.filter { $0.time <= now }
        work.removeAll { $0.time <= now }
        for item in due { answer(item.stream) }
    }

    // MARK: - Calls

    private func openCall() {
        let method = generator.pick(methods)
        var headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "http", ":path": method, ":authority": "localhost",
            "content-type": "application/grpc", "te": "trailers",
        ]
        if generator.oneIn(2) {
            let milliseconds = Int.random(in: 1...300, using: &generator)
            headers.add(name: "grpc-timeout", value: "\(milliseconds)m")
            deadlines[nextStream] = now + UInt64(milliseconds) * 1_000_000
        }
        // Five zero bytes are an empty message; more zeros are more of them.
        let size = 5 * Int.random(in: 1...(generator.oneIn(10) ? maxBody : 50) / 5, using: &generator)
        client.open(nextStream, headers, body: size)
        opened += 1
        nextStream += 2
    }

    private func giveUp(_ stream: UInt32) {
        deadlines[stream] = nil
        guard client.streams[stream] != nil else { return }
        client.reset(stream)
        finishedStreams.insert(stream)
    }

    private func answer(_ stream: UInt32) {
        let headers: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]
        let trailers: HPACKHeaders = ["grpc-status": "0", "grpc-message": "", "x-call": "\(stream % 50)"]
        if generator.oneIn(5) {
            runtime.answerTrailersOnly(
                stream,
                [":status": "200", "content-type": "application/grpc", "grpc-status": "5"]
            )
        } else {
            let size = 5 * Int.random(in: 0...(generator.oneIn(10) ? maxBody : 50) / 5, using: &generator)
            runtime.answer(stream, headers, body: size, trailers: trailers)
        }
    }

    /// A runtime may answer before it has the request.
    private func answerEarly() {
        guard
            let id = runtime.streams.filter({ !$0.value.gotEnd && !$0.value.sentEnd && $0.value.trailers == nil }).keys
                .sorted()
                .randomElement(using: &generator)
        else { return }
        runtime.answerTrailersOnly(id, [":status": "200", "content-type": "application/grpc", "grpc-status": "12"])
    }
}

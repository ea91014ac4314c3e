import CRICatalog
import FaultModel
import NIOCore
import Testing

@testable import FaultProxy

/// relay-contract 13 to 15: header blocks once something was interfered with.
struct CodingTests {
    @Test func `Blocks pass verbatim until the first interference of their direction, and never again`() {
        let scene = Scene(Scene.rule("Status", .error(RPCStatus(.unavailable))))
        scene.call("Version", 1)
        scene.answer(1)
        #expect(!scene.link.response.isLiteral)
        scene.call(3)
        #expect(scene.link.response.isLiteral)
        // The request's headers passed as they came: only the answer was interfered with.
        #expect(!scene.link.request.isLiteral)
        scene.call("Version", 5)
        let before = scene.rawToClient.count
        scene.runtime(Wire.frame(.headers, flags: 4, stream: 5, [0x88, 0x50, 1, UInt8(ascii: "x")]))
        // Status 200 by index, then a literal that asks to be indexed: neither stays so.
        let block = Array(scene.rawToClient[(before + 9)...])
        #expect(block.first == 0x00)
        #expect(!block.contains(0x88))
    }

    @Test func `A field that must never be indexed stays so`() {
        let scene = Scene(Scene.rule("Status", .error(RPCStatus(.unavailable))))
        scene.call(1)
        scene.call("Version", 3)
        let before = scene.rawToClient.count
        scene.runtime(Wire.frame(.headers, flags: 4, stream: 3, [0x10, 1, UInt8(ascii: "k"), 1, UInt8(ascii: "v")]))
        #expect(Array(scene.rawToClient[(before + 9)...]) == [0x10, 1, UInt8(ascii: "k"), 1, UInt8(ascii: "v")])
    }

    @Test func `Bytes that are no UTF-8 survive being written anew`() {
        let scene = Scene(Scene.rule("Status", .error(RPCStatus(.unavailable))))
        scene.call(1)
        scene.call("Version", 3)
        let before = scene.rawToClient.count
        scene.runtime(Wire.frame(.headers, flags: 4, stream: 3, [0x40, 1, UInt8(ascii: "k"), 2, 0xff, 0xfe]))
        #expect(Array(scene.rawToClient[(before + 9)...]) == [0x00, 1, UInt8(ascii: "k"), 2, 0xff, 0xfe])
    }

    @Test func `A connection whose blocks cannot be decoded stays verbatim, and rules leave it alone`() {
        let scene = Scene(Scene.rule("Version", .error(RPCStatus(.unavailable))))
        let broken = Wire.frame(.headers, flags: 4, stream: 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        let before = scene.rawToRuntime.count
        scene.client(broken)
        #expect(Array(scene.rawToRuntime[before...]) == broken)
        scene.call("Version", 3)
        #expect(scene.runtimeBody(3) == Wire.message([]))
        #expect(scene.link.mode == .http2)
    }

    @Test func `A broken block after interference ends the connection`() {
        let scene = Scene(Scene.rule("Status", .error(RPCStatus(.unavailable))))
        scene.call(1)
        scene.call("Version", 3)
        scene.runtime(Wire.frame(.headers, flags: 4, stream: 3, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
        #expect(scene.link.mode == .failed)
        guard case .close? = scene.commands.last else {
            Issue.record("not closed")
            return
        }
    }

    @Test func `A block written anew keeps within the receiver's frame size`() {
        let scene = Scene(Scene.rule("Status", .error(RPCStatus(.unavailable))))
        scene.call(1)
        scene.call("Version", 3)
        let block = Wire.literals([("x", String(repeating: "v", count: 40_000))])
        let before = scene.rawToClient.count
        scene.runtime(Wire.frame(.headers, flags: 0, stream: 3, Array(block[..<16_000])))
        scene.runtime(Wire.frame(.continuation, flags: 0, stream: 3, Array(block[16_000..<32_000])))
        #expect(scene.rawToClient.count == before)
        scene.runtime(Wire.frame(.continuation, flags: 4, stream: 3, Array(block[32_000...])))
        var frames = ByteBuffer(bytes: scene.rawToClient[before...])
        var lengths: [Int] = []
        while let header = FrameHeader(frames, at: frames.readerIndex) {
            lengths.append(header.length)
            frames.moveReaderIndex(forwardBy: FrameHeader.size + header.length)
        }
        #expect(lengths.allSatisfy { $0 <= 16_384 })
        #expect(lengths.reduce(0, +) == block.count)
    }

    @Test func `An answer waits for the end of the frame under way`() {
        let scene = Scene(Scene.rule("Status", .hang(.before)))
        scene.call("Version", 1)
        scene.call("Status", 3, headers: [("grpc-timeout", "1S")])
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        let data = Wire.data(Wire.message(Array(repeating: 7, count: 1000)), stream: 1)
        // Half a frame has passed when the time comes.
        scene.runtime(Array(data.prefix(500)))
        scene.wait(.seconds(1))
        scene.runtime(Array(data.dropFirst(500)))
        #expect(scene.clientBody(1) == Wire.message(Array(repeating: 7, count: 1000)))
        #expect(scene.toClient.last?.contains("grpc-status=4") == true)
    }

    @Test func `Frames that break a block in two are passed on for their receiver to judge`() {
        let scene = Scene()
        let bytes = Wire.frame(.headers, flags: 0, stream: 1, [0x82]) + Wire.ping() + Wire.frame(.data, stream: 1, [1])
        let before = scene.rawToRuntime.count
        scene.client(bytes)
        #expect(Array(scene.rawToRuntime[before...]) == bytes)
        #expect(scene.link.mode == .bytes)
    }
}

/// relay-contract 12, rule by rule; the simulation holds all of it together.
struct CreditTests {
    @Test func `Held bytes are credited at once, and the receiver's credit for them is kept back later`() {
        let scene = Scene(Scene.rule("Status", .delay(Delay(.fixed(.seconds(1)), .before))))
        scene.call("Status", 1, message: Array(repeating: 1, count: 995))
        #expect(scene.toClient == ["WINDOW 0 1000"])
        scene.wait(.seconds(1))
        #expect(scene.link.request.flow.debt == 1000)
        scene.runtime(Wire.windowUpdate(1500))
        #expect(scene.toClient == ["WINDOW 0 500"])
        #expect(
            scene.link.request.flow
                == {
                    var flow = FlowAccount(); _ = flow.credit(500); return flow
                }()
        )
    }

    @Test func `A held call does not stall the others when it fills the connection's window`() {
        let scene = Scene(
            Scene.rule("Status", .delay(Delay(.fixed(.seconds(1)), .before))),
            runtimeSettings: [(4, 1 << 20)]
        )
        scene.client(Wire.headers(Wire.request("Status"), stream: 1))
        for _ in 0..<5 { scene.client(Wire.data(Array(repeating: 0, count: 13_107), stream: 1)) }
        #expect(
            scene.toClient.compactMap { $0.hasPrefix("WINDOW 0") ? Int($0.split(separator: " ")[2]) : nil }.reduce(0, +)
                == 65_535
        )
    }

    @Test func `What no longer fits the receiver's window waits for it, in order`() {
        let scene = Scene(
            Scene.rule("Status", .delay(Delay(.fixed(.seconds(1)), .before))),
            runtimeSettings: [(4, 1 << 20)]
        )
        scene.client(Wire.headers(Wire.request("Status"), stream: 1))
        for _ in 0..<5 { scene.client(Wire.data(Array(repeating: 0, count: 13_107), stream: 1)) }
        scene.wait(.seconds(1))
        #expect(scene.runtimeBody(1).count == 65_535)
        // The client has window again; the runtime has none.
        scene.client(Wire.headers(Wire.request("Version"), stream: 3) + Wire.data(Wire.message([1]), stream: 3))
        scene.client(Wire.data([9], stream: 3, end: true))
        #expect(scene.runtimeBody(3) == [])
        scene.runtime(Wire.windowUpdate(3))
        #expect(scene.runtimeBody(3) == [0, 0, 0])
        scene.runtime(Wire.windowUpdate(65_532))
        #expect(scene.runtimeBody(3) == Wire.message([1]) + [9])
        #expect(scene.toRuntime.last == "DATA 3 4 END" || scene.toRuntime.last?.hasSuffix("END") == true)
        #expect(scene.link.exchanges[3] == nil)
    }

    @Test func `Padding counts and stays`() {
        let scene = Scene(Scene.rule("Status", .delay(Delay(.fixed(.seconds(1)), .before))))
        scene.client(Wire.headers(Wire.request("Status"), stream: 1))
        let padded = Wire.frame(.data, flags: 0x9, stream: 1, [3] + Wire.message([7]) + [0, 0, 0])
        scene.client(padded)
        #expect(scene.toClient == ["WINDOW 0 10"])
        let before = scene.rawToRuntime.count
        scene.wait(.seconds(1))
        #expect(Array(scene.rawToRuntime[before...]) == padded)
    }

    @Test func `A changed initial window counts for streams that are open`() {
        let scene = Scene(
            Scene.rule("Status", .noOp(NoOp(answer: Array(repeating: 1, count: 100)))),
            clientSettings: [(4, 10)]
        )
        scene.call(1)
        #expect(scene.clientBody(1).count == 10)
        scene.client(Wire.settings([(4, 50)]))
        #expect(scene.clientBody(1).count == 50)
        scene.client(Wire.settings([(4, 0)]))
        scene.client(Wire.windowUpdate(60, stream: 1))
        #expect(scene.clientBody(1).count == 60)
        scene.client(Wire.settings([(4, 200)]))
        #expect(scene.clientBody(1).count == 105)
    }

    @Test func `Beyond the bound on what is held, senders get no more credit`() {
        let scene = Scene(
            Scene.rule("Status", .delay(Delay(.fixed(.seconds(1)), .before))),
            runtimeSettings: [(4, 0x7fff_ffff)]
        )
        scene.client(Wire.headers(Wire.request("Status"), stream: 1))
        var credit = 0
        let piece = Wire.data(Array(repeating: 0, count: 16_384), stream: 1)
        for _ in 0..<RelayLink.heldLimit / 16_384 + 100 {
            scene.client(piece)
            credit += scene.toClient.compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +)
        }
        #expect(credit <= RelayLink.heldLimit)
        #expect(credit > RelayLink.heldLimit / 2)
    }
}

/// relay-contract 20: the kill switch.
struct KillSwitchTests {
    @Test func `What is held is flushed in order and goes on`() {
        let scene = Scene(
            Scene.rule("Status", .hang(.before)),
            Scene.rule("Version", .delay(Delay(.fixed(.seconds(99)), .after)))
        )
        scene.call(1)
        scene.call("Version", 3)
        scene.answer(3, message: [3])
        scene.decider.disarm()
        scene.release()
        #expect(scene.toRuntime.contains("DATA 1 5 END"))
        #expect(scene.clientBody(3) == Wire.message([3]))
        scene.answer(1, message: [1])
        #expect(scene.clientBody(1) == Wire.message([1]))
        // Credit for what was held is still owed; nothing else is left.
        scene.client(Wire.windowUpdate(12))
        scene.runtime(Wire.windowUpdate(10))
        #expect(scene.link.exchanges.isEmpty)
        #expect(scene.link.request.flow.isTransparent && scene.link.response.flow.isTransparent)
    }

    @Test func `A call whose runtime half is gone gets UNAVAILABLE`() {
        let scene = Scene(Scene.rule("Status", .cancel(Cancel(.requestSent, client: .hang))))
        scene.call(1)
        scene.decider.disarm()
        scene.release()
        #expect(scene.toClient.contains { $0.contains("grpc-status=14") })
    }

    @Test func `A call whose answer was lost gets UNAVAILABLE, one whose answer was not yet there goes on`() {
        let scene = Scene(Scene.rule("Status", .loseResponse(.atDeadline)))
        scene.call(1)
        scene.answer(1)
        scene.call(3)
        scene.decider.disarm()
        scene.release()
        #expect(scene.toClient.contains { $0.contains("HEADERS 1 :status=200 grpc-status=14") })
        scene.answer(3)
        #expect(scene.toClient.last == "HEADERS 3 grpc-status=0 END")
    }

    @Test func `A message that was being changed goes on as it is`() {
        let scene = Scene(Scene.rule("ListContainers", .mutate(Mutate(.response, [Mutation("", .pad(10))]))))
        scene.call("ListContainers", 1)
        let message = Wire.message(Array(repeating: 0, count: 100))
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1) + Wire.data(Array(message.prefix(50)), stream: 1))
        scene.decider.disarm()
        scene.release()
        scene.runtime(Wire.data(Array(message.dropFirst(50)), stream: 1))
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        #expect(scene.clientBody(1) == message)
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test(arguments: [StreamFault.Effect.hold(.seconds(60)), .reorder(4)], [false, true])
    func `Messages of a stream that are held go on in order, and so does what comes`(
        effect: StreamFault.Effect,
        isDisarmed: Bool
    ) {
        let scene = Scene(Scene.rule("GetContainerEvents", .stream(StreamFault(effect))))
        scene.call("GetContainerEvents", 1)
        let messages = (1...5).map { Wire.message([$0]) }
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        for message in messages[..<3] { scene.runtime(Wire.data(message, stream: 1)) }
        // Of the fourth only a part is there.
        scene.runtime(Wire.data(Array(messages[3].prefix(2)), stream: 1))
        #expect(scene.clientBody(1) == [])
        if isDisarmed {
            scene.release(rule: "stream")
        } else {
            scene.decider.disarm()
            scene.release()
        }
        scene.runtime(Wire.data(Array(messages[3].dropFirst(2)) + messages[4], stream: 1))
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        #expect(scene.clientBody(1) == messages.flatMap(\.self))
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test func `A call that its rule has let go of before is left alone`() {
        var rule = Scene.rule("GetContainerEvents", .stream(StreamFault(.hold(.seconds(60)))))
        rule.ttl = .seconds(10)
        let scene = Scene(rule)
        scene.call("GetContainerEvents", 1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1) + Wire.data(Wire.message([1]), stream: 1))
        scene.wait(.seconds(10))
        scene.decider.disarm()
        scene.release()
        scene.runtime(Wire.data(Wire.message([2]), stream: 1))
        #expect(scene.clientBody(1) == Wire.message([1]) + Wire.message([2]))
        #expect(!scene.toClient.contains { $0.contains("grpc-status") })
        #expect(!scene.toRuntime.contains { $0.hasPrefix("RESET") })
    }

    @Test func `Calls that wait for a decision go on`() {
        var index = ObjectIndex()
        index.learn(pod: PodIdentity(namespace: "n", name: "a"), id: "a")
        let scene = Scene(FaultRule("r", Match(methods: ["StopPodSandbox"]), .late), index: index)
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
        scene.call("Version", 3)
        scene.decider.disarm()
        scene.release()
        #expect(scene.toRuntime == ["HEADERS 1 StopPodSandbox", "HEADERS 3 Version", "DATA 3 5 END"])
    }
}

/// relay-contract 11.
struct GoAwayTests {
    @Test func `GOAWAY goes in two steps, calls end, late ones are never sent, and then the connection closes`() {
        let scene = Scene()
        scene.call("Version", 1)
        _ = scene.toRuntime
        scene.goAway(grace: .milliseconds(100))
        #expect(scene.toClient == ["GOAWAY 2147483647 NO_ERROR"])
        // On its way already: still served.
        scene.call("Version", 3)
        scene.wait(.milliseconds(100))
        #expect(scene.toClient == ["GOAWAY 3 NO_ERROR"])
        _ = scene.toRuntime
        scene.call("Version", 5)
        #expect(!scene.toRuntime.contains { $0.contains(" 5 ") })
        scene.answer(1)
        #expect(scene.commands.isEmpty)
        scene.answer(3)
        guard case .close? = scene.commands.last else {
            Issue.record("not closed")
            return
        }
    }

    @Test func `The last stream that is served never rises, whoever says it`() {
        let runtimeFirst = Scene()
        runtimeFirst.call("Version", 1)
        runtimeFirst.call("Version", 3)
        runtimeFirst.runtime(Wire.goAway(last: 1))
        runtimeFirst.goAway(grace: .milliseconds(100))
        runtimeFirst.wait(.milliseconds(100))
        #expect(runtimeFirst.toClient == ["GOAWAY 1 NO_ERROR", "GOAWAY 1 NO_ERROR", "GOAWAY 1 NO_ERROR"])
        let relayFirst = Scene()
        relayFirst.call("Version", 1)
        relayFirst.goAway(grace: .milliseconds(100))
        relayFirst.wait(.milliseconds(100))
        relayFirst.runtime(Wire.goAway(last: 0x7fff_ffff) + Wire.goAway(last: 1))
        let told = ["GOAWAY 2147483647 NO_ERROR"] + Array(repeating: "GOAWAY 1 NO_ERROR", count: 3)
        #expect(relayFirst.toClient == told)
        relayFirst.answer(1)
        #expect(relayFirst.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test func `A call can be what triggers it, and goes on itself`() {
        let scene = Scene(Scene.rule("Status", .goAway(GoAway(.enhanceYourCalm, grace: .zero))))
        scene.call(1)
        #expect(scene.toClient == ["GOAWAY 2147483647 NO_ERROR"])
        scene.wait(.milliseconds(1))
        #expect(scene.toClient == ["GOAWAY 1 ENHANCE_YOUR_CALM"])
        scene.answer(1)
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }
}

struct BlackholeTests {
    @Test func `Nothing goes through and everything is taken, until the rule ends and the connection with it`() {
        var rule = Scene.rule("Status", .blackhole)
        rule.ttl = .seconds(10)
        let scene = Scene(rule)
        scene.call(1)
        _ = (scene.toRuntime, scene.toClient)
        scene.call("Version", 3)
        scene.runtime(Wire.ping())
        #expect(scene.toRuntime == [])
        #expect(scene.toClient == [])
        scene.wait(.seconds(10))
        guard case .close? = scene.commands.last else {
            Issue.record("not closed")
            return
        }
    }

    @Test func `What other rules hold goes through it no more than what comes`() {
        var hole = Scene.rule("Version", .blackhole)
        hole.ttl = .seconds(30)
        let scene = Scene(
            Scene.rule("Status", .delay(Delay(.fixed(.seconds(5)), .before))),
            Scene.rule("ListContainers", .hang(.after)),
            Scene.rule("ImageFsInfo", .loseResponse(.atDeadline)),
            hole
        )
        scene.call(1)
        scene.call("ListContainers", 3, headers: [("grpc-timeout", "5S")])
        scene.call("ImageFsInfo", 5, headers: [("grpc-timeout", "5S")])
        scene.goAway(grace: .seconds(5))
        scene.call("Version", 7)
        _ = (scene.toRuntime, scene.toClient)
        scene.wait(.seconds(5))
        scene.release(rule: "delay")
        #expect(scene.toRuntime == [])
        #expect(scene.toClient == [])
        #expect(scene.commands.isEmpty)
        scene.wait(.seconds(25))
        #expect(scene.toRuntime == [])
        #expect(scene.toClient == [])
        guard case .close? = scene.commands.last else {
            Issue.record("not closed")
            return
        }
    }

    @Test func `What is held dies with the connection when it is lifted`() {
        let scene = Scene(Scene.rule("Status", .hang(.before)), Scene.rule("Version", .blackhole))
        scene.call(1)
        scene.call("Version", 3)
        _ = (scene.toRuntime, scene.toClient)
        scene.decider.disarm()
        scene.release()
        #expect(scene.toRuntime == [])
        #expect(scene.toClient == [])
        guard case .close? = scene.commands.last else {
            Issue.record("not closed")
            return
        }
    }

    @Test func `It ends when its own rule is disarmed, and not with another`() {
        let scene = Scene(Scene.rule("Status", .hang(.before)), Scene.rule("Version", .blackhole))
        scene.call(1)
        scene.call("Version", 3)
        scene.release(rule: "hang")
        #expect(scene.commands.isEmpty)
        scene.release(rule: "blackhole")
        guard case .close? = scene.commands.last else {
            Issue.record("not closed")
            return
        }
    }

    @Test func `The call that makes it does not go through it, however much of it has to be known first`() {
        var index = ObjectIndex()
        index.learn(pod: PodIdentity(namespace: "n", name: "a"), id: "a")
        let match = Match(methods: ["StopPodSandbox"], namespaces: ["n"])
        let message = Wire.message([0x0a, 1, UInt8(ascii: "a")])
        for pieces in [[message], [Array(message.prefix(3)), Array(message.dropFirst(3))]] {
            let scene = Scene(FaultRule("hole", match, .blackhole), index: index)
            scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
            #expect(scene.toRuntime == ["HEADERS 1 StopPodSandbox"])
            for (number, piece) in pieces.enumerated() {
                scene.client(Wire.data(piece, stream: 1, end: number == pieces.count - 1))
            }
            #expect(scene.link.mode == .blackhole)
            #expect(scene.toRuntime == [])
        }
    }

    @Test func `A call can drop its connection, at once or later`() {
        let scene = Scene(Scene.rule("Status", .drop(Drop(after: .seconds(2)))))
        scene.call(1)
        #expect(scene.toRuntime == ["HEADERS 1 Status", "DATA 1 5 END"])
        #expect(scene.commands.isEmpty)
        scene.wait(.seconds(2))
        guard case .drop(let drop, _)? = scene.commands.last else {
            Issue.record("not dropped")
            return
        }
        #expect(drop.which == .own)
    }
}

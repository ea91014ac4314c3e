import CRICatalog
import FaultModel
import NIOCore
import Testing

@testable import FaultProxy

struct MutateTests {
    private static func bytes(_ name: String, _ json: String) throws -> [UInt8] {
        MessageCodec().encode(try RecordJSON().parse(Array(json.utf8), as: name))
    }

    private static let list = #"{"containers": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}"#

    @Test func `A list answer loses items, in however many frames it came`() throws {
        let scene = Scene(
            Scene.rule("ListContainers", .mutate(Mutate(.response, [Mutation("containers[id=b]", .drop)])))
        )
        scene.call("ListContainers", 1)
        let message = Wire.message(try Self.bytes("ListContainersResponse", Self.list))
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        for byte in message { scene.runtime(Wire.data([byte], stream: 1)) }
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        let expected = try Self.bytes("ListContainersResponse", #"{"containers": [{"id": "a"}, {"id": "c"}]}"#)
        #expect(scene.clientBody(1) == Wire.message(expected))
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test func `A request is changed before the runtime sees any of it`() throws {
        let scene = Scene(
            Scene.rule("StopContainer", .mutate(Mutate(.request, [Mutation("timeout", .set(.integer(0)))])))
        )
        var rule = Scene.rule("x", .late)
        rule.match = Match()
        let message = try Self.bytes("StopContainerRequest", #"{"containerId": "c", "timeout": "30"}"#)
        scene.call("StopContainer", 1, message: message)
        let expected = try Self.bytes("StopContainerRequest", #"{"containerId": "c"}"#)
        // An unknown id is protected: nothing happens to it.
        #expect(scene.runtimeBody(1) == Wire.message(message))
        var index = ObjectIndex()
        index.learn(container: .init(name: "m", podID: "p", pod: PodIdentity(namespace: "n", name: "p")), id: "c")
        let known = Scene(
            Scene.rule("StopContainer", .mutate(Mutate(.request, [Mutation("timeout", .set(.integer(0)))]))),
            index: index
        )
        known.call("StopContainer", 1, message: message)
        #expect(known.runtimeBody(1) == Wire.message(expected))
        #expect(known.toRuntime.last?.hasSuffix("END") == true)
    }

    @Test func `A message that is none of its type goes on as it is`() {
        let scene = Scene(
            Scene.rule("ListContainers", .mutate(Mutate(.response, [Mutation("containers[0]", .drop)])))
        )
        scene.call("ListContainers", 1)
        scene.answer(1, message: [0x0a, 0xff])
        #expect(scene.clientBody(1) == Wire.message([0x0a, 0xff]))
    }

    /// relay-contract 10.
    @Test func `A compressed message is not read and goes on as it is`() {
        let scene = Scene(
            Scene.rule("ListContainers", .mutate(Mutate(.response, [Mutation("", .pad(10))])))
        )
        scene.call("ListContainers", 1)
        scene.runtime(Wire.headers(Wire.responseHeaders + [("grpc-encoding", "gzip")], stream: 1))
        scene.runtime(Wire.data(Wire.message([9, 9, 9], flag: 1), stream: 1))
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        #expect(scene.clientBody(1) == Wire.message([9, 9, 9], flag: 1))
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test func `An answer that is only looked at passes when it cannot be read, and nothing of it is kept`() {
        let scene = Scene(observesAll: true)
        scene.call("ListContainers", 1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        #expect(scene.link.exchanges[1]?.response.reader != nil)
        let message = Wire.message([9, 9, 9], flag: 1)
        for _ in 0..<2 { scene.runtime(Wire.data(message, stream: 1)) }
        #expect(scene.link.exchanges[1]?.response.reader == nil)
        #expect(scene.clientBody(1) == message + message)
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test func `Messages before one that cannot be read are not lost with it`() {
        let scene = Scene(
            Scene.rule("GetContainerEvents", .mutate(Mutate(.response, [Mutation("containerId", .set(.text("z")))])))
        )
        scene.call("GetContainerEvents", 1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        let event: [UInt8] = [0x0a, 1, UInt8(ascii: "a")]
        scene.runtime(Wire.data(Wire.message(event) + Wire.message([9, 9], flag: 1), stream: 1))
        let changed: [UInt8] = [0x0a, 1, UInt8(ascii: "z")]
        #expect(scene.clientBody(1) == Wire.message(changed) + Wire.message([9, 9], flag: 1))
    }

    /// relay-contract 16.
    @Test func `A message beyond the limit goes on as it is, whole`() {
        let scene = Scene(
            Scene.rule("ListContainers", .mutate(Mutate(.response, [Mutation("", .pad(10))]))),
            clientSettings: [(4, 0x7fff_ffff)]
        )
        scene.client(Wire.windowUpdate(0x3fff_ffff))
        scene.call("ListContainers", 1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        let size = MessageReader.limit + 1
        scene.runtime(Wire.data([0] + Wire.big(UInt32(size), 4) + Array(repeating: 7, count: 1000), stream: 1))
        #expect(scene.clientBody(1).count == 1005)
        for _ in 0..<4 { scene.runtime(Wire.data(Array(repeating: 7, count: 10_000), stream: 1)) }
        #expect(scene.clientBody(1).count == 41_005)
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test func `A padded list waits for the client's windows`() throws {
        let scene = Scene(
            Scene.rule("ListContainers", .mutate(Mutate(.response, [Mutation("", .pad(200_000))])))
        )
        scene.call("ListContainers", 1)
        scene.answer(1)
        #expect(scene.clientBody(1).count == 65_535)
        scene.client(Wire.windowUpdate(100_000))
        #expect(scene.clientBody(1).count == 65_535)
        scene.client(Wire.windowUpdate(100_000, stream: 1))
        #expect(scene.clientBody(1).count == 165_535)
        scene.client(Wire.windowUpdate(100_000) + Wire.windowUpdate(100_000, stream: 1))
        #expect(scene.clientBody(1).count > 200_000)
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
        // The runtime never sent it, so it must get no credit for it.
        #expect(!scene.toRuntime.contains { $0.hasPrefix("WINDOW 0 1") })
    }
}

/// relay-contract 22, and the messages of server streams.
struct StreamTests {
    private static func scene(_ effect: StreamFault.Effect, _ messages: NumberSet? = nil) -> Scene {
        let scene = Scene(Scene.rule("GetContainerEvents", .stream(StreamFault(effect, messages: messages))))
        scene.call("GetContainerEvents", 1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        _ = (scene.toClient, scene.toRuntime)
        return scene
    }

    private static func send(_ numbers: [UInt8], _ scene: Scene) {
        for number in numbers { scene.runtime(Wire.data(Wire.message([number]), stream: 1)) }
    }

    private static func received(_ scene: Scene) -> [UInt8] {
        let body = scene.clientBody(1)
        return stride(from: 5, to: body.count, by: 6).map { body[$0] }
    }

    @Test func `Messages are swallowed, and the runtime gets credit for them at once`() {
        let scene = Self.scene(.swallow, NumberSet("2..3"))
        Self.send([1, 2, 3, 4], scene)
        #expect(Self.received(scene) == [1, 4])
        #expect(scene.toRuntime.filter { $0 == "WINDOW 1 6" }.count == 4)
        #expect(scene.link.response.flow.debt == 12)
    }

    @Test func `Messages are held and come in one burst`() {
        let scene = Self.scene(.hold(.seconds(60)), NumberSet("2+"))
        Self.send([1, 2, 3], scene)
        scene.wait(.seconds(59))
        Self.send([4], scene)
        #expect(Self.received(scene) == [1])
        scene.wait(.seconds(1))
        #expect(Self.received(scene) == [1, 2, 3, 4])
        Self.send([5], scene)
        #expect(Self.received(scene) == [1, 2, 3, 4, 5])
    }

    @Test func `Messages come last first in groups, and a rest when the stream ends`() {
        let scene = Self.scene(.reorder(3))
        Self.send([1, 2, 3, 4], scene)
        #expect(Self.received(scene) == [3, 2, 1])
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        #expect(Self.received(scene) == [3, 2, 1, 4])
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test func `Messages are repeated`() {
        let scene = Self.scene(.repeat(3), NumberSet(1))
        Self.send([1, 2], scene)
        #expect(Self.received(scene) == [1, 1, 1, 2])
    }

    @Test func `The stream ends early with OK`() {
        let scene = Self.scene(.endEarly, NumberSet(2))
        Self.send([1, 2, 3], scene)
        #expect(Self.received(scene) == [1])
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
        #expect(scene.toRuntime.contains("RESET 1 CANCEL"))
    }

    @Test func `One message is changed`() throws {
        let scene = Self.scene(.mutate([Mutation("containerId", .set(.text("z")))]), NumberSet(1))
        let event = MessageCodec().encode(
            try RecordJSON().parse(Array(#"{"containerId": "a"}"#.utf8), as: "ContainerEventResponse")
        )
        scene.runtime(Wire.data(Wire.message(event) + Wire.message(event), stream: 1))
        #expect(scene.clientBody(1) == Wire.message([0x0a, 1, UInt8(ascii: "z")]) + Wire.message(event))
    }

    @Test func `What is held is bounded, and the oldest goes first`() {
        var behaviour = StreamBehaviour(
            StreamFault(.hold(.seconds(60))),
            CallInfo(draws: Draws(0))
        )
        var actions: [CallAction] = []
        for number in 0..<StreamBehaviour.messageLimit + 10 {
            actions += behaviour.handle(.message(.response, ByteBuffer(message: [UInt8(truncatingIfNeeded: number)])))
        }
        #expect(actions == [.wait(.seconds(60))] + Array(repeating: .dropped(1), count: 10))
        let flushed = behaviour.handle(.timer)
        #expect(flushed.count == StreamBehaviour.messageLimit)
        #expect(flushed.first == .offer(ByteBuffer(message: [10])))
        _ = behaviour.handle(.message(.response, ByteBuffer(repeating: 0, count: StreamBehaviour.byteLimit)))
    }

    /// The runtime is drained for it, so nothing else bounds what waits.
    @Test(arguments: [
        Fault.stream(StreamFault(.repeat(2), messages: NumberSet(1))),
        .mutate(Mutate(.response, [Mutation("containerId", .set(.text("z")))])),
    ])
    func `What a client does not read is bounded, and what it is not sent is counted`(fault: Fault) throws {
        let recorder = Recorder()
        let scene = Scene(Scene.rule("GetContainerEvents", fault), observer: recorder)
        scene.call("GetContainerEvents", 1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        // No message is cut by the client's window, which is not opened until the end.
        let size = 13_103
        let message = Wire.message([0x7a, 0xac, 0x66] + Array(repeating: 7, count: size - 3))
        let sent = StreamBehaviour.byteLimit / size + 100
        for _ in 0..<sent { scene.runtime(Wire.data(message, stream: 1)) }
        let weight = try #require(scene.link.exchanges[1]?.response.weight)
        #expect(weight <= StreamBehaviour.byteLimit + 2 * size && weight > StreamBehaviour.byteLimit - 2 * size)
        scene.client(Wire.windowUpdate(0x7000_0000) + Wire.windowUpdate(0x7000_0000, stream: 1))
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
        let record = try #require(recorder.records.first)
        #expect(record.dropped > 50)
        let body = scene.clientBody(1)
        let repeated = if case .stream = fault { 1 } else { 0 }
        var reader = MessageReader()
        var whole = 0
        if case .messages(let messages) = reader.read(ByteBuffer(bytes: body)) { whole = messages.count }
        #expect(whole + record.dropped == sent + repeated)
    }

    @Test func `The end of the rule lets go of what is held, in order`() {
        var rule = Scene.rule("GetContainerEvents", .stream(StreamFault(.hold(.seconds(600)))))
        rule.ttl = .seconds(10)
        let scene = Scene(rule)
        scene.call("GetContainerEvents", 1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        Self.send([1, 2], scene)
        scene.wait(.seconds(10))
        #expect(Self.received(scene) == [1, 2])
        Self.send([3], scene)
        #expect(Self.received(scene) == [1, 2, 3])
    }
}

struct BandwidthTests {
    @Test func `A direction goes only so fast, in chunks, and other calls do not wait for it`() {
        let bandwidth = Bandwidth(bytesPerSecond: 1000, chunk: 100, direction: .response)
        let scene = Scene(Scene.rule("Status", .bandwidth(bandwidth)))
        scene.call(1)
        scene.answer(1, message: Array(repeating: 1, count: 995))
        #expect(scene.clientBody(1).count == 100)
        scene.call("Version", 3)
        scene.answer(3)
        #expect(scene.toClient.last == "HEADERS 3 grpc-status=0 END")
        for tenth in 2...10 {
            scene.wait(.milliseconds(100))
            #expect(scene.clientBody(1).count == 100 * tenth)
        }
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test func `It goes beside another fault`() {
        let scene = Scene(
            Scene.rule("Status", .bandwidth(Bandwidth(bytesPerSecond: 10, chunk: 10, direction: .response))),
            Scene.rule("Status", .noOp(NoOp(answer: Array(repeating: 1, count: 15))))
        )
        scene.call(1)
        #expect(scene.clientBody(1).count == 10)
        scene.wait(.seconds(1))
        #expect(scene.clientBody(1).count == 20)
    }

    private static let slow = Scene.rule(
        "Status",
        .bandwidth(Bandwidth(bytesPerSecond: 1000, chunk: 100, direction: .response))
    )

    /// A call that the slow rule and another one are on, in either order.
    private static func scene(_ slow: FaultRule, _ other: FaultRule, isFirst: Bool) -> Scene {
        let scene = isFirst ? Scene(slow, other) : Scene(other, slow)
        scene.call("Status", 1, message: [1])
        _ = (scene.toClient, scene.toRuntime)
        return scene
    }

    private static func isSlow(_ scene: Scene) -> Bool {
        scene.answer(1, message: Array(repeating: 1, count: 995))
        return scene.clientBody(1).count == 100
    }

    @Test(
        arguments: [
            Fault.delay(Delay(.fixed(.seconds(2)), .before)), .deadline(.seconds(5)), .duplicate(Duplicate()),
            .goAway(GoAway(.noError, grace: .seconds(1))), .drop(Drop(after: .seconds(1))),
        ],
        [false, true]
    )
    func `It stays when the fault beside it is done with the call`(fault: Fault, isFirst: Bool) {
        let scene = Self.scene(Self.slow, Scene.rule("Status", fault), isFirst: isFirst)
        scene.wait(.seconds(2))
        #expect(scene.runtimeBody(1) == Wire.message([1]))
        #expect(Self.isSlow(scene))
        for _ in 2...10 { scene.wait(.milliseconds(100)) }
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }

    @Test(arguments: [false, true])
    func `It ends with its own rule, and the fault beside it with its own`(isFirst: Bool) {
        var slow = Self.slow
        slow.ttl = .seconds(10)
        var hang = Scene.rule("Status", .hang(.before))
        hang.ttl = .seconds(20)
        let scene = Self.scene(slow, hang, isFirst: isFirst)
        scene.wait(.seconds(10))
        #expect(scene.link.exchanges[1]?.response.bucket == nil)
        #expect(scene.toClient == [])
        scene.wait(.seconds(10))
        #expect(scene.toClient.first?.hasPrefix("HEADERS 1 :status=200 grpc-status=4") == true)
        #expect(scene.runtimeBody(1) == [])
    }

    @Test(arguments: [false, true])
    func `Who disarms it leaves the fault beside it, and the other way round`(isFirst: Bool) {
        let hang = Scene.rule("Status", .hang(.before))
        let held = Self.scene(Self.slow, hang, isFirst: isFirst)
        held.release(rule: "bandwidth")
        #expect(held.runtimeBody(1) == [])
        held.release(rule: "hang")
        #expect(held.runtimeBody(1) == Wire.message([1]))
        #expect(!Self.isSlow(held))

        let slow = Self.scene(Self.slow, hang, isFirst: isFirst)
        slow.release(rule: "hang")
        #expect(slow.runtimeBody(1) == Wire.message([1]))
        #expect(Self.isSlow(slow))
        slow.release(rule: "bandwidth")
        #expect(slow.toClient.last == "HEADERS 1 grpc-status=0 END")
    }
}

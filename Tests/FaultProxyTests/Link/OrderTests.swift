import CRICatalog
import FaultModel
import NIOCore
import Testing

@testable import FaultProxy

/// relay-contract 4: HEADERS that open a stream go on in order or never.
struct OrderTests {
    private static let index: ObjectIndex = {
        var index = ObjectIndex()
        index.learn(pod: PodIdentity(namespace: "n", name: "a"), id: "a")
        index.learn(pod: PodIdentity(namespace: "n", name: "b"), id: "b")
        return index
    }()

    private static func stop(_ id: String) -> [UInt8] {
        Wire.message([0x0a, UInt8(id.utf8.count)] + Array(id.utf8))
    }

    private static func scene(_ fault: Fault) -> Scene {
        Scene(FaultRule("r", Match(methods: ["StopPodSandbox"], pods: ["a"]), fault), index: index)
    }

    @Test func `A call whose message decides has its headers sent and its message held`() {
        let scene = Self.scene(.error(RPCStatus(.unavailable)))
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 3))
        #expect(scene.toRuntime == ["HEADERS 1 StopPodSandbox", "HEADERS 3 StopPodSandbox"])
        scene.client(Wire.data(Array(Self.stop("a").prefix(6)), stream: 1))
        #expect(scene.toRuntime == [])
        scene.client(Wire.data(Self.stop("b"), stream: 3, end: true))
        #expect(scene.toRuntime == ["DATA 3 8 END"])
        scene.client(Wire.data(Array(Self.stop("a").dropFirst(6)), stream: 1, end: true))
        #expect(scene.toRuntime == ["RESET 1 CANCEL"])
        #expect(scene.toClient.contains { $0.contains("grpc-status=14") })
    }

    @Test func `A message that came in pieces goes on whole and unchanged when nothing happens to it`() {
        let scene = Self.scene(.error(RPCStatus(.unavailable)))
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
        for byte in Self.stop("b") { scene.client(Wire.data([byte], stream: 1)) }
        scene.client(Wire.data([], stream: 1, end: true))
        #expect(scene.runtimeBody(1) == Self.stop("b"))
        #expect(scene.toRuntime.last?.hasSuffix("END") == true)
    }

    @Test func `A call in one piece that nothing happens to passes as it came`() {
        let scene = Self.scene(.error(RPCStatus(.unavailable)))
        let bytes =
            Wire.headers(Wire.request("StopPodSandbox"), stream: 1) + Wire.data(Self.stop("b"), stream: 1, end: true)
        let before = scene.rawToRuntime.count
        scene.client(bytes)
        #expect(Array(scene.rawToRuntime[before...]) == bytes)
        #expect(scene.link.request.flow.isTransparent)
        #expect(!scene.link.request.isLiteral)
    }

    @Test func `Headers that may change wait for the message, and later requests wait behind them`() {
        let scene = Self.scene(.deadline(.seconds(5)))
        scene.client(Wire.headers(Wire.request("StopPodSandbox") + [("grpc-timeout", "9S")], stream: 1))
        scene.call("Version", 3)
        scene.client(Wire.headers(Wire.request("StopPodSandbox") + [("grpc-timeout", "9S")], stream: 5))
        scene.client(Wire.data(Self.stop("b"), stream: 5, end: true))
        #expect(scene.toRuntime == [])
        scene.client(Wire.data(Self.stop("a"), stream: 1, end: true))
        #expect(
            scene.toRuntime == [
                "HEADERS 1 StopPodSandbox grpc-timeout=5000000u", "HEADERS 3 Version",
                "HEADERS 5 StopPodSandbox grpc-timeout=9S", "DATA 1 8 END", "DATA 3 5 END", "DATA 5 8 END",
            ]
        )
        #expect(scene.link.openings.isEmpty)
    }

    /// A message that came while its headers waited behind another's was taken by the fault and never told to it.
    @Test(arguments: [false, true])
    func `A fault on a call that waited behind another hears of what came meanwhile`(padded: Bool) {
        let mutation = Scene.rule("UpdateRuntimeConfig", .mutate(Mutate(.request, [Mutation("", .pad(10))])))
        let alone = Scene(mutation)
        alone.call("UpdateRuntimeConfig", 3)
        let scene = Scene(
            FaultRule("r", Match(methods: ["StopPodSandbox"], pods: ["a"]), .deadline(.seconds(5))),
            mutation,
            index: Self.index
        )
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
        scene.client(Wire.headers(Wire.request("UpdateRuntimeConfig"), stream: 3))
        let message = Wire.message([])
        scene.client(
            padded
                ? Wire.frame(.data, flags: 0x9, stream: 3, [2] + message + [0, 0])
                : Wire.data(message, stream: 3, end: true)
        )
        #expect(scene.toRuntime == [])
        scene.client(Wire.data(Self.stop("b"), stream: 1, end: true))
        let sent = scene.toRuntime
        #expect(scene.runtimeBody(3).count > message.count)
        #expect(scene.runtimeBody(3) == alone.runtimeBody(3))
        #expect(sent.last { $0.hasPrefix("DATA 3") }?.hasSuffix("END") == true)
        #expect(!sent.contains { $0.hasPrefix("RESET") })
    }

    @Test func `Headers do not wait for ever`() {
        let scene = Self.scene(.deadline(.seconds(5)))
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
        scene.call("Version", 3)
        scene.wait(.seconds(1))
        #expect(scene.toRuntime == ["HEADERS 1 StopPodSandbox", "HEADERS 3 Version", "DATA 3 5 END"])
        scene.client(Wire.data(Self.stop("a"), stream: 1, end: true))
        #expect(scene.toRuntime == ["DATA 1 8 END"])
    }

    @Test func `A call given up while its headers wait is never sent, and the next one goes on`() {
        let scene = Self.scene(.deadline(.seconds(5)))
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
        scene.call("Version", 3)
        scene.client(Wire.windowUpdate(100, stream: 1))
        scene.client(Wire.reset(8, stream: 1))
        #expect(scene.toRuntime == ["HEADERS 3 Version", "DATA 3 5 END"])
        // Nothing is ever said on the stream that the runtime does not know (relay-contract 7).
        scene.client(Wire.windowUpdate(100, stream: 1) + Wire.data([1], stream: 1) + Wire.reset(8, stream: 1))
        #expect(!scene.toRuntime.contains { $0.contains(" 1 ") })
    }

    @Test func `Credit that came before the runtime knew of the stream reaches it afterwards`() {
        let scene = Self.scene(.deadline(.seconds(5)))
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1) + Wire.windowUpdate(77, stream: 1))
        #expect(scene.toRuntime == [])
        scene.client(Wire.data(Self.stop("a"), stream: 1, end: true))
        #expect(scene.toRuntime == ["HEADERS 1 StopPodSandbox grpc-timeout=5000000u", "WINDOW 1 77", "DATA 1 8 END"])
    }

    @Test func `Thousands of requests behind one that says nothing are let go`() {
        let scene = Self.scene(.deadline(.seconds(5)))
        let count = UInt32(RelayLink.openingLimit + 10)
        for number in 0..<count {
            scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 2 * number + 1))
        }
        #expect(scene.link.openings.count <= RelayLink.openingLimit)
        scene.wait(.seconds(2000))
        #expect(scene.link.openings.isEmpty)
        #expect(scene.toRuntime.count == Int(count))
    }
}

/// relay-contract 7: frames for streams that are over go nowhere.
struct DeadStreamTests {
    @Test func `Late frames of either end are swallowed, their credit returned, their header blocks decoded`() {
        let scene = Scene(Scene.rule("Status", .error(RPCStatus(.unavailable))))
        scene.client(Wire.headers(Wire.request("Status"), stream: 1))
        _ = (scene.toClient, scene.toRuntime)
        scene.client(Wire.data([0, 0, 0], stream: 1))
        scene.client(Wire.windowUpdate(5, stream: 1) + Wire.reset(8, stream: 1))
        #expect(scene.toRuntime == [])
        #expect(scene.toClient == ["WINDOW 0 3"])
        // The runtime had begun to answer with a field that enters its table.
        scene.runtime(Wire.frame(.headers, flags: 4, stream: 1, [0x40, 1, UInt8(ascii: "k"), 1, UInt8(ascii: "v")]))
        scene.runtime(Wire.data([1, 2, 3, 4], stream: 1))
        #expect(scene.toClient == [])
        #expect(scene.toRuntime == ["WINDOW 0 4"])
        // A later answer refers to it, and arrives whole.
        scene.call("Version", 3)
        scene.runtime(Wire.frame(.headers, flags: 5, stream: 3, [0xbe]))
        #expect(scene.toClient == ["HEADERS 3 k=v END"])
    }

    @Test func `The memory of them is bounded`() {
        var dead = DeadStreams()
        for stream in 0..<100_000 as Range<UInt32> { dead.insert(stream) }
        #expect(dead.contains(99_999))
        #expect(dead.contains(100_000 - UInt32(DeadStreams.limit)))
        #expect(!dead.contains(0))
    }
}

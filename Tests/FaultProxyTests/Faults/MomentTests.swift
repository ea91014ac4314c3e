import CRICatalog
import FaultModel
import Testing

@testable import FaultProxy

struct ResetTests {
    private static func scene(_ moment: Moment) -> Scene {
        Scene(Scene.rule("Status", .reset(Reset(.enhanceYourCalm, moment))))
    }

    @Test func `reset at the request's headers executes nothing`() {
        let scene = Self.scene(.requestHeaders)
        scene.call(1)
        #expect(scene.toRuntime == ["HEADERS 1 Status", "RESET 1 CANCEL"])
        #expect(scene.toClient == ["RESET 1 ENHANCE_YOUR_CALM", "WINDOW 0 5"])
    }

    @Test func `reset after the request was sent cancels the runtime`() {
        let scene = Self.scene(.requestSent)
        scene.call(1)
        #expect(scene.toRuntime == ["HEADERS 1 Status", "DATA 1 5 END", "RESET 1 CANCEL"])
        #expect(scene.toClient == ["RESET 1 ENHANCE_YOUR_CALM"])
    }

    @Test(arguments: [
        (Moment.answerBegun, ["RESET 1 ENHANCE_YOUR_CALM"]),
        (.responseHeaders, ["HEADERS 1 :status=200", "RESET 1 ENHANCE_YOUR_CALM"]),
        (.responseMessage, ["HEADERS 1 :status=200", "DATA 1 6", "RESET 1 ENHANCE_YOUR_CALM"]),
    ])
    func `reset strikes between any two parts of the answer`(moment: Moment, seen: [String]) {
        let scene = Self.scene(moment)
        scene.call(1)
        scene.answer(1, message: [1])
        #expect(scene.toClient == seen)
    }

    @Test func `reset after a time strikes then`() {
        let scene = Self.scene(.after(.milliseconds(80)))
        scene.call(1)
        scene.wait(.milliseconds(79))
        #expect(scene.toClient == [])
        scene.wait(.milliseconds(1))
        #expect(scene.toClient == ["RESET 1 ENHANCE_YOUR_CALM"])
        #expect(scene.toRuntime.last == "RESET 1 CANCEL")
    }

    @Test(arguments: [Moment.answerBegun, .responseHeaders, .responseMessage])
    func `An answer that ends before the moment is struck at its end`(moment: Moment) {
        let scene = Self.scene(moment)
        scene.call(1)
        scene.runtime(Wire.headers(Wire.responseHeaders + Wire.trailers(5), stream: 1, end: true))
        #expect(scene.toClient == ["RESET 1 ENHANCE_YOUR_CALM"])
    }
}

struct CancelTests {
    @Test func `cancel tells the runtime as a client would, and the client at once`() {
        let scene = Scene(Scene.rule("Status", .cancel(Cancel(.after(.milliseconds(50))))))
        scene.call(1)
        #expect(scene.toRuntime == ["HEADERS 1 Status", "DATA 1 5 END"])
        scene.wait(.milliseconds(50))
        #expect(scene.toRuntime == ["RESET 1 CANCEL"])
        #expect(scene.toClient == ["HEADERS 1 :status=200 grpc-status=1 grpc-message=context canceled END"])
    }

    @Test func `cancel can leave the client waiting as with a slow runtime`() {
        let scene = Scene(Scene.rule("Status", .cancel(Cancel(.requestSent, client: .hang))))
        scene.call("Status", 1, headers: [("grpc-timeout", "1S")])
        #expect(scene.toRuntime.last == "RESET 1 CANCEL")
        #expect(scene.toClient == [])
        scene.wait(.seconds(1))
        #expect(scene.toClient.first?.hasPrefix("HEADERS 1 :status=200 grpc-status=4") == true)
    }

    @Test func `cancel after the first message keeps what the client has`() {
        let scene = Scene(Scene.rule("Status", .cancel(Cancel(.responseMessage))))
        scene.call(1)
        scene.answer(1, message: [1])
        #expect(
            scene.toClient == [
                "HEADERS 1 :status=200", "DATA 1 6", "HEADERS 1 grpc-status=1 grpc-message=context canceled END",
            ]
        )
    }
}

/// `at: request-sent` is about what the runtime has, whatever the client has said.
struct RequestSentTests {
    private static let fault = Fault.reset(Reset(.enhanceYourCalm, .requestSent))

    private static func index() -> ObjectIndex {
        var index = ObjectIndex()
        index.learn(pod: PodIdentity(namespace: "n", name: "a"), id: "a")
        return index
    }

    private static let stop = Wire.message([0x0a, 1, UInt8(ascii: "a")])

    @Test(arguments: [fault, .cancel(Cancel(.requestSent)), .cancel(Cancel(.requestSent, client: .hang))])
    func `A message of several frames that was held for the decision goes before it comes`(fault: Fault) {
        let rule = FaultRule("r", Match(methods: ["StopPodSandbox"], namespaces: ["n"]), fault)
        let scene = Scene(rule, index: Self.index())
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
        scene.client(Wire.data(Array(Self.stop.prefix(6)), stream: 1))
        scene.client(Wire.data(Array(Self.stop.dropFirst(6)), stream: 1, end: true))
        #expect(scene.runtimeBody(1) == Self.stop)
        #expect(scene.toRuntime.suffix(2) == ["DATA 1 2 END", "RESET 1 CANCEL"])
    }

    @Test func `A call whose turn has not come is sent before it comes`() {
        let late = FaultRule("late", Match(methods: ["StopPodSandbox"], namespaces: ["n"]), .late)
        let scene = Scene(late, Scene.rule("Status", Self.fault), index: Self.index())
        scene.client(Wire.headers(Wire.request("StopPodSandbox"), stream: 1))
        scene.call("Status", 3, message: [1])
        scene.client(Wire.headers(Wire.request("Status"), stream: 5, end: true))
        #expect(scene.toRuntime == [])
        scene.client(Wire.data(Self.stop, stream: 1, end: true))
        let lines = scene.toRuntime
        #expect(lines.filter { $0.contains(" 3 ") } == ["HEADERS 3 Status", "DATA 3 6 END", "RESET 3 CANCEL"])
        #expect(lines.filter { $0.contains(" 5 ") } == ["HEADERS 5 Status END", "RESET 5 CANCEL"])
    }

    @Test func `A request that waits for the runtime's window is sent before it comes`() {
        let scene = Scene(
            Scene.rule("Version", .delay(Delay(.fixed(.seconds(1)), .before))),
            Scene.rule("Status", Self.fault),
            runtimeSettings: [(4, 1 << 20)]
        )
        scene.client(Wire.headers(Wire.request("Version"), stream: 1))
        for _ in 0..<5 { scene.client(Wire.data(Array(repeating: 0, count: 13_107), stream: 1)) }
        scene.wait(.seconds(1))
        scene.call("Status", 3, message: [1])
        scene.runtime(Wire.windowUpdate(5))
        #expect(!scene.toRuntime.contains { $0.hasPrefix("RESET") })
        #expect(!scene.toClient.contains { $0.hasPrefix("RESET") })
        scene.runtime(Wire.windowUpdate(1))
        #expect(scene.toRuntime == ["DATA 3 1 END", "RESET 3 CANCEL"])
        #expect(scene.toClient.contains("RESET 3 ENHANCE_YOUR_CALM"))
    }

    @Test func `A request that goes slowly is sent before it comes`() {
        let scene = Scene(
            Scene.rule("Status", .bandwidth(Bandwidth(bytesPerSecond: 10, chunk: 10, direction: .request))),
            Scene.rule("Status", Self.fault)
        )
        scene.call("Status", 1, message: Array(repeating: 1, count: 15))
        #expect(scene.toRuntime == ["HEADERS 1 Status", "DATA 1 10"])
        scene.wait(.seconds(1))
        #expect(scene.toRuntime == ["DATA 1 10 END", "RESET 1 CANCEL"])
    }

    @Test func `A request of headers only is sent with them`() {
        let scene = Scene(Scene.rule("Status", Self.fault))
        scene.client(Wire.headers(Wire.request("Status"), stream: 1, end: true))
        #expect(scene.toRuntime == ["HEADERS 1 Status END", "RESET 1 CANCEL"])
    }
}

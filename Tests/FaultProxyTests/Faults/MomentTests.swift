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

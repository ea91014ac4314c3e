import FaultModel
import Testing

@testable import FaultProxy

/// relay-contract 3.
struct PingTests {
    @Test func `Pings pass both ways while nothing is made up`() {
        let scene = Scene()
        for _ in 0..<5 { scene.client(Wire.ping()) }
        #expect(scene.toRuntime == Array(repeating: "PING", count: 5))
        scene.runtime(Wire.ping(ack: true) + Wire.ping())
        #expect(scene.toClient == ["PING ACK", "PING"])
    }

    @Test func `A ping provoked by an answer of the relay's own is answered by the relay`() {
        let scene = Scene(Scene.rule("Status", .noOp(NoOp(answer: [1]))))
        for stream in [1, 3, 5, 7] as [UInt32] {
            scene.call(stream)
            _ = (scene.toClient, scene.toRuntime)
            scene.client(Wire.ping([8, 7, 6, 5, 4, 3, 2, 1]))
            #expect(scene.toRuntime == [])
            #expect(scene.toClient == ["PING ACK"])
            #expect(scene.rawToClient.suffix(8) == [8, 7, 6, 5, 4, 3, 2, 1])
        }
    }

    @Test func `Pings provoked by padding reach the runtime once, for the DATA it did send`() {
        let scene = Scene(Scene.rule("ListContainers", .mutate(Mutate(.response, [Mutation("", .pad(40_000))]))))
        scene.call("ListContainers", 1)
        scene.answer(1)
        _ = (scene.toClient, scene.toRuntime)
        // Three frames, and one ping that the runtime expects.
        for _ in 0..<4 { scene.client(Wire.ping()) }
        #expect(scene.toRuntime == ["PING"])
        #expect(scene.toClient == Array(repeating: "PING ACK", count: 3))
    }

    @Test func `A ping may reach the runtime again as soon as it has spoken`() {
        let scene = Scene(Scene.rule("Status", .noOp(NoOp(answer: [1]))))
        scene.call(1)
        scene.call("Version", 3)
        scene.answer(3)
        _ = (scene.toClient, scene.toRuntime)
        scene.client(Wire.ping())
        #expect(scene.toRuntime == ["PING"])
        // One more was provoked; a third is the client's own business.
        scene.client(Wire.ping())
        #expect(scene.toRuntime == [])
        scene.client(Wire.ping())
        #expect(scene.toRuntime == ["PING"])
    }
}

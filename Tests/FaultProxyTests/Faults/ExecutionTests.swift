import CRICatalog
import FaultModel
import NIOCore
import Testing

@testable import FaultProxy

/// The faults before the execution: was it executed, and what was answered?
struct BeforeExecutionTests {
    /// relay-contract 5.
    @Test func `error answers the client and resets the runtime before any DATA, and the connection lives`() {
        let scene = Scene(Scene.rule("Status", .error(RPCStatus(.unavailable, "gone: 100%"))))
        scene.call(1)
        #expect(scene.toRuntime == ["HEADERS 1 Status", "RESET 1 CANCEL"])
        #expect(
            scene.toClient == [
                "HEADERS 1 :status=200 grpc-status=14 grpc-message=gone: 100%25 END", "RESET 1 NO_ERROR", "WINDOW 0 5",
            ]
        )
        scene.call("Version", 3)
        scene.answer(3)
        #expect(scene.toRuntime == ["HEADERS 3 Version", "DATA 3 5 END"])
        #expect(scene.toClient == ["HEADERS 3 :status=200", "DATA 3 5", "HEADERS 3 grpc-status=0 END"])
    }

    @Test func `error carries details where the client's header limit lets it`() {
        let status = RPCStatus(.notFound, String(repeating: "m", count: 300), details: [1, 2, 3, 255])
        let free = Scene(Scene.rule("Status", .error(status)))
        free.call(1)
        #expect(free.toClient.first?.contains("grpc-status-details-bin=AQID/w") == true)
        let narrow = Scene(Scene.rule("Status", .error(status)), clientSettings: [(6, 250)])
        narrow.call(1)
        let line = narrow.toClient.first ?? ""
        #expect(line.contains("grpc-status=5"))
        #expect(!line.contains("details"))
        #expect(line.filter { $0 == "m" }.count < 100)
    }

    @Test func `no-op answers OK and executes nothing`() {
        let scene = Scene(Scene.rule("Status", .noOp(NoOp(answer: [1, 2, 3]))))
        scene.call(1)
        #expect(scene.toRuntime == ["HEADERS 1 Status", "RESET 1 CANCEL"])
        #expect(scene.toClient.prefix(3) == ["HEADERS 1 :status=200", "DATA 1 8", "HEADERS 1 grpc-status=0 END"])
        #expect(scene.clientBody(1) == [0, 0, 0, 0, 3, 1, 2, 3])
    }

    /// relay-contract 4: the DATA is held, not the HEADERS.
    @Test func `delay before holds the message and lets other calls overtake it`() {
        let scene = Scene(Scene.rule("Status", .delay(Delay(.fixed(.seconds(2)), .before))))
        scene.call(1)
        #expect(scene.toRuntime == ["HEADERS 1 Status"])
        scene.call("Version", 3)
        #expect(scene.toRuntime == ["HEADERS 3 Version", "DATA 3 5 END"])
        scene.wait(.milliseconds(1999))
        #expect(scene.toRuntime == [])
        scene.wait(.milliseconds(1))
        #expect(scene.toRuntime == ["DATA 1 5 END"])
        scene.answer(1)
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
        #expect(scene.decider.ended.count == 1)
    }

    @Test func `An elapsed delay is not active any more, long before its call ends`() {
        var rule = Scene.rule("Status", .delay(Delay(.fixed(.seconds(2)), .before)))
        rule.budget = .init(inFlight: 1)
        let scene = Scene(rule)
        scene.call(1)
        scene.call(3)
        #expect(scene.toRuntime.contains("DATA 3 5 END"))
        scene.wait(.seconds(2))
        // The runtime gives credit for what it got: nothing is owed any more.
        scene.runtime(Wire.windowUpdate(5))
        scene.call(5)
        #expect(!scene.toRuntime.contains("DATA 5 5 END"))
    }

    @Test func `hang before executes nothing and ends at the client's deadline`() {
        let scene = Scene(Scene.rule("Status", .hang(.before)))
        scene.call("Status", 1, headers: [("grpc-timeout", "500m")])
        scene.wait(.milliseconds(499))
        #expect(scene.toRuntime == ["HEADERS 1 grpc-timeout=500m Status"] || scene.runtimeBody(1) == [])
        #expect(!scene.toClient.contains { $0.hasPrefix("HEADERS") })
        scene.wait(.milliseconds(1))
        #expect(scene.toClient.contains { $0.hasPrefix("HEADERS 1 :status=200 grpc-status=4") })
        #expect(scene.toRuntime == ["RESET 1 CANCEL"])
        #expect(scene.runtimeBody(1) == [])
    }

    @Test func `hang ends with the client's cancellation`() {
        let scene = Scene(Scene.rule("Status", .hang(.before)))
        scene.call(1)
        _ = scene.toRuntime
        scene.client(Wire.reset(8, stream: 1))
        #expect(scene.toRuntime == ["RESET 1 CANCEL"])
        #expect(scene.link.exchanges.isEmpty)
    }

    @Test func `hang ends with its rule for a call without a deadline`() {
        var rule = Scene.rule("PullImage", .hang(.before))
        rule.ttl = .seconds(60)
        let scene = Scene(rule)
        scene.call("PullImage", 1)
        scene.wait(.seconds(59))
        #expect(!scene.toClient.contains { $0.hasPrefix("HEADERS") })
        scene.wait(.seconds(1))
        #expect(scene.toClient.contains { $0.hasPrefix("HEADERS 1 :status=200 grpc-status=4") })
        #expect(scene.runtimeBody(1) == [])
    }

    @Test func `deadline tells the runtime another one and changes nothing else`() {
        let scene = Scene(Scene.rule("Status", .deadline(.seconds(5))))
        scene.call("Status", 1, headers: [("grpc-timeout", "120S"), ("x", "y")])
        #expect(scene.toRuntime == ["HEADERS 1 Status grpc-timeout=5000000u x=y", "DATA 1 5 END"])
        scene.answer(1, status: 4)
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=4 END")
    }

    /// relay-contract 8.
    @Test func `duplicate asks for the same request once more, and the first answer counts`() throws {
        let scene = Scene(Scene.rule("Status", .duplicate(Duplicate(gap: .seconds(3)))))
        scene.call("Status", 1, message: [9, 9])
        #expect(scene.toRuntime == ["HEADERS 1 Status", "DATA 1 7 END"])
        guard case .duplicate(let request)? = scene.commands.first else {
            Issue.record("no duplicate")
            return
        }
        #expect(Array(request.message.readableBytesView) == Wire.message([9, 9]))
        #expect(request.headers.text(":path") == "/runtime.v1.RuntimeService/Status")
        #expect(request.gap == .seconds(3))
        scene.answer(1, message: [1])
        #expect(scene.toClient == ["HEADERS 1 :status=200", "DATA 1 6", "HEADERS 1 grpc-status=0 END"])
    }
}

/// The faults after the execution.
struct AfterExecutionTests {
    @Test func `delay after holds the whole answer and lets other answers overtake it`() {
        let scene = Scene(Scene.rule("Status", .delay(Delay(.fixed(.seconds(2)), .after))))
        scene.call(1)
        scene.call("Version", 3)
        scene.answer(1)
        scene.answer(3)
        #expect(scene.toRuntime.contains("DATA 1 5 END"))
        #expect(scene.toClient.filter { $0.contains(" 1 ") } == [])
        scene.wait(.seconds(2))
        #expect(scene.toClient == ["HEADERS 1 :status=200", "DATA 1 5", "HEADERS 1 grpc-status=0 END"])
    }

    @Test func `delay after counts from the answer, whatever form it has`() {
        let scene = Scene(Scene.rule("Status", .delay(Delay(.fixed(.seconds(2)), .after))))
        scene.call(1)
        scene.call(3)
        scene.wait(.seconds(9))
        scene.runtime(Wire.headers(Wire.responseHeaders + Wire.trailers(5), stream: 1, end: true))
        scene.runtime(Wire.reset(7, stream: 3))
        _ = scene.toClient
        scene.wait(.milliseconds(1999))
        #expect(scene.toClient == [])
        scene.wait(.milliseconds(1))
        #expect(scene.toClient.sorted() == ["HEADERS 1 :status=200 grpc-status=5 END", "RESET 3 REFUSED_STREAM"])
    }

    /// relay-contract 6.
    @Test func `lose-response lets the runtime answer and tells the client something else`() {
        let scene = Scene(Scene.rule("Status", .loseResponse(.status(RPCStatus(.unavailable, "lost")))))
        scene.call(1)
        #expect(scene.toRuntime == ["HEADERS 1 Status", "DATA 1 5 END"])
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        scene.runtime(Wire.data(Wire.message([1, 2, 3]), stream: 1))
        #expect(!scene.toClient.contains { $0.contains(" 1 ") })
        scene.runtime(Wire.headers(Wire.trailers(), stream: 1, end: true))
        #expect(scene.toClient == ["HEADERS 1 :status=200 grpc-status=14 grpc-message=lost END"])
        // The runtime had ended the stream: it is not reset.
        #expect(!scene.toRuntime.contains { $0.hasPrefix("RESET") })
        #expect(scene.clientBody(1) == [])
    }

    @Test func `lose-response can reset the stream`() {
        let scene = Scene(Scene.rule("Status", .loseResponse(.reset(.internalError))))
        scene.call(1)
        scene.answer(1)
        #expect(scene.toClient == ["RESET 1 INTERNAL_ERROR"])
    }

    @Test func `lose-response without more says DEADLINE_EXCEEDED at the deadline`() {
        let scene = Scene(Scene.rule("Status", .loseResponse(.atDeadline)))
        scene.call("Status", 1, headers: [("grpc-timeout", "1S")])
        scene.answer(1)
        scene.wait(.milliseconds(999))
        #expect(!scene.toClient.contains { $0.hasPrefix("HEADERS") })
        scene.wait(.milliseconds(1))
        #expect(scene.toClient.contains { $0.hasPrefix("HEADERS 1 :status=200 grpc-status=4") })
    }

    /// relay-contract 9.
    @Test func `late tells the runtime of neither deadline nor cancellation, and swallows what it answers`() {
        let scene = Scene(Scene.rule("Status", .late))
        scene.call("Status", 1, headers: [("grpc-timeout", "1S")])
        #expect(scene.toRuntime == ["HEADERS 1 Status", "DATA 1 5 END"])
        scene.client(Wire.reset(8, stream: 1))
        #expect(scene.toRuntime == [])
        scene.wait(.seconds(30))
        scene.answer(1, message: [1, 2, 3])
        #expect(scene.toClient == [])
        // Credit for what the client never saw.
        #expect(scene.toRuntime.contains("WINDOW 0 8"))
        #expect(scene.link.exchanges.isEmpty)
    }

    @Test func `At most sixteen calls go on after their clients gave up`() {
        let scene = Scene(Scene.rule("Status", .late))
        for number in 0..<20 as Range<UInt32> {
            scene.call(2 * number + 1)
            scene.client(Wire.reset(8, stream: 2 * number + 1))
        }
        #expect(
            scene.toRuntime.filter { $0.hasPrefix("RESET") } == [
                "RESET 33 CANCEL", "RESET 35 CANCEL", "RESET 37 CANCEL", "RESET 39 CANCEL",
            ]
        )
        #expect(scene.link.exchanges.count == 16)
    }

    /// Calls that tell ids are read by others too: what the client sees must not hang on that.
    @Test(arguments: [false, true])
    func `code keeps the runtime's trailers and changes the status, and no message goes with it`(isObserved: Bool) {
        let scene = Scene(Scene.rule("Status", .code(RPCStatus(.aborted, "no"))), observesAll: isObserved)
        scene.call(1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1) + Wire.data(Wire.message([1]), stream: 1))
        scene.runtime(Wire.headers([("grpc-status", "0"), ("x-trace", "t")], stream: 1, end: true))
        #expect(scene.toClient == ["HEADERS 1 :status=200", "HEADERS 1 grpc-status=10 x-trace=t grpc-message=no END"])
        #expect(scene.runtimeBody(1) == [0, 0, 0, 0, 0])
    }

    @Test func `code takes the details of the runtime's own status away`() {
        let scene = Scene(Scene.rule("Status", .code(RPCStatus(.unavailable))))
        scene.call(1)
        scene.runtime(Wire.headers(Wire.responseHeaders, stream: 1))
        scene.runtime(
            Wire.headers([("grpc-status", "5"), ("grpc-status-details-bin", "CAU")], stream: 1, end: true)
        )
        #expect(scene.toClient == ["HEADERS 1 :status=200", "HEADERS 1 grpc-status=14 END"])
    }

    @Test(arguments: [false, true])
    func `code OK keeps the message`(isObserved: Bool) {
        let scene = Scene(Scene.rule("Status", .code(RPCStatus(.ok))), observesAll: isObserved)
        scene.call(1)
        scene.answer(1, message: [7], status: 13)
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
        #expect(scene.clientBody(1) == Wire.message([7]))
    }

    @Test func `code changes an answer that is trailers only`() {
        let scene = Scene(Scene.rule("Status", .code(RPCStatus(.notFound))))
        scene.call(1)
        scene.runtime(Wire.headers(Wire.responseHeaders + Wire.trailers(2, "real"), stream: 1, end: true))
        #expect(scene.toClient == ["HEADERS 1 :status=200 grpc-status=5 END"])
    }

    @Test func `truncate breaks the message off and ends the stream as if all were well`() {
        let scene = Scene(Scene.rule("Status", .truncate(Truncate(bytes: 2))))
        scene.call(1)
        scene.answer(1, message: [1, 2, 3, 4])
        #expect(scene.toClient == ["HEADERS 1 :status=200", "DATA 1 7", "HEADERS 1 grpc-status=0 END"])
        #expect(scene.clientBody(1) == [0, 0, 0, 0, 4, 1, 2])
    }

    @Test func `stale answers what an earlier call got, without executing`() {
        let scene = Scene(Scene.rule("ListContainers", .stale(Stale(age: .seconds(1)))))
        scene.call("ListContainers", 1)
        scene.answer(1, message: [5])
        // There was none yet.
        #expect(scene.clientBody(1) == Wire.message([5]))
        scene.decider.remember([8, 8], for: "ListContainers")
        _ = scene.toRuntime
        scene.call("ListContainers", 3)
        #expect(scene.toRuntime == ["HEADERS 3 ListContainers", "RESET 3 CANCEL"])
        #expect(scene.clientBody(3) == Wire.message([8, 8]))
    }

    @Test func `stale can execute all the same`() {
        let scene = Scene(Scene.rule("ListContainers", .stale(Stale(age: .zero, isExecuted: true))))
        scene.decider.remember([8, 8], for: "ListContainers")
        scene.call("ListContainers", 1)
        #expect(scene.toRuntime == ["HEADERS 1 ListContainers", "DATA 1 5 END"])
        scene.answer(1, message: [5])
        #expect(scene.clientBody(1) == Wire.message([8, 8]))
        #expect(scene.toClient.last == "HEADERS 1 grpc-status=0 END")
    }
}

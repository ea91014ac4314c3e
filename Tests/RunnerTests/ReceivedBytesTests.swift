import Testing

@testable import Runner

@Suite("What is waited for in a stream", .timeLimit(.minutes(1)))
struct ReceivedBytesTests {
    /// Long after the time limit: nothing here is seen because the time is over.
    private let never = ContinuousClock.now + .seconds(3600)

    @Test("What comes while one looks is looked at, though nothing comes after it")
    func duringTheLook() async throws {
        let received = ReceivedBytes()
        var looks: [String] = []
        let isSeen = try await received.wait(until: never) {
            let text = received.text
            looks.append(text)
            if looks.count == 1 { received.add(Array("echo".utf8)) }
            return text == "echo"
        }
        #expect(isSeen)
        #expect(looks == ["", "echo"])
    }

    @Test("The end that comes while one looks has one look again, and then it is missing")
    func endDuringTheLook() async throws {
        let received = ReceivedBytes()
        var looks = 0
        let isSeen = try await received.wait(until: never) {
            looks += 1
            received.end()
            return false
        }
        #expect(!isSeen)
        #expect(looks == 2)
    }

    @Test("What is there when the time is over counts, and what is not is missing")
    func timeIsOver() async throws {
        let received = ReceivedBytes()
        received.add(Array("echo".utf8))
        #expect(try await received.wait(until: .now) { received.text == "echo" })
        #expect(try await !received.wait(until: .now) { received.text == "other" })
    }

    @Test("Nothing is missing for one who is cancelled, even where the reader ends with it")
    func cancelled() async throws {
        let received = ReceivedBytes()
        received.end()
        let waiter = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await received.wait(until: .now) { false }
        }
        await #expect(throws: CancellationError.self) { try await waiter.value }
    }
}

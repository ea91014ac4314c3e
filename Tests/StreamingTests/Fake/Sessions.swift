import Testing

@testable import Streaming

let everything = RemoteCommandStreams(stdin: true, stdout: true, stderr: true)

/// Options that make a test end soon where a test is about time, and are the defaults elsewhere.
func options(_ change: (inout StreamingOptions) -> Void) -> StreamingOptions {
    var options = StreamingOptions()
    change(&options)
    return options
}

/// The Status of a command that ended well, and of one that did not.
let success = #"{"metadata":{},"status":"Success"}"#

func exit(_ code: Int) -> String {
    #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"\#(code)"}]}}"#
}

/// The code of the error that `body` throws.
func failure(_ body: () async throws -> Void) async -> StreamingError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StreamingError)?.code
    }
}

/// Yields until a condition holds; for what changes on an event loop and has no event of its own.
func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}

extension StreamOutput {
    /// Everything, as text.
    func text() async throws -> String { String(decoding: try await collect(upTo: .max), as: UTF8.self) }
}

/// A value that one task hands to another.
final class Signal: Sendable {
    private let arrival = Arrival<Void>()

    func fire() { arrival.arrive(.success(())) }

    func wait() async throws { try await arrival.wait() }
}

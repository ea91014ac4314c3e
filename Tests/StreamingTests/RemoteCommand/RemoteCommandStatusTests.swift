import Testing

@testable import Streaming

/// What an error channel says.
struct RemoteCommandStatusTests {
    @Test(
        arguments: [
            (#"{"metadata":{},"status":"Success"}"#, RemoteCommandStatus.succeeded, 0),
            (
                #"{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"Other","message":"9"},{"reason":"ExitCode","message":"3"}]}}"#,
                .exited(code: 3), 3
            ),
            (
                #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"255"}]}}"#,
                .exited(code: 255), 255
            ),
            (
                #"{"status":"Failure","message":"Internal error occurred: task not found","reason":"InternalError","code":500}"#,
                .failed(.init(reason: "InternalError", message: "Internal error occurred: task not found", code: 500)),
                nil
            ),
            (#"{"status":"Failure"}"#, .failed(.init(reason: "", message: "", code: nil)), nil),
            ("", .absent, nil),
        ] as [(String, RemoteCommandStatus, Int?)]
    )
    func `v4 says it with a Status`(text: String, status: RemoteCommandStatus, exitCode: Int?) {
        let read = RemoteCommandStatus(Array(text.utf8), version: .v4)
        #expect(read == status)
        #expect(read.exitCode == exitCode)
        #expect(RemoteCommandStatus(Array(text.utf8), version: .v5) == status)
    }

    @Test(arguments: [
        "command terminated", "{", "[]", "3", "{}", #"{"status":3}"#, #"{"status":"Odd"}"#,
        #"{"status":"Failure","reason":"NonZeroExitCode"}"#,
        #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[]}}"#,
        #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"256"}]}}"#,
        #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"-1"}]}}"#,
        #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"+1"}]}}"#,
        #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":""}]}}"#,
        #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":3}]}}"#,
        String(repeating: "[", count: 10_000),
    ])
    func `v4: what is none is kept as it was said`(text: String) {
        let status = RemoteCommandStatus(Array(text.utf8), version: .v4)
        guard case .malformed(text, let reason) = status else {
            Issue.record("\(status)")
            return
        }
        #expect(!reason.isEmpty)
        #expect(status.exitCode == nil)
    }

    @Test func `bytes that are no text are malformed`() {
        guard case .malformed = RemoteCommandStatus([0xff, 0xfe], version: .v4) else {
            Issue.record("wrong status")
            return
        }
    }

    @Test(arguments: [RemoteCommandVersion.v1, .v2, .v3])
    func `before v4 silence is success and text is failure`(version: RemoteCommandVersion) {
        #expect(RemoteCommandStatus([], version: version) == .succeeded)
        #expect(
            RemoteCommandStatus(Array("error executing".utf8), version: version)
                == .failed(.init(reason: "", message: "error executing", code: nil))
        )
    }

    @Test func `v1: the silence of a channel that was reset says nothing`() {
        #expect(RemoteCommandStatus([], version: .v1, wasReset: true) == .absent)
        #expect(RemoteCommandStatus([], version: .v2, wasReset: true) == .succeeded)
    }

    @Test func `versions are ordered`() {
        #expect(RemoteCommandVersion.allCases == RemoteCommandVersion.allCases.sorted())
    }
}

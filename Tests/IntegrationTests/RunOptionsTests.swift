import CRIClient
import FakeCRI
import Foundation
import Outcome
import Testing

/// Options of `crisol run` that decide how a run ends. A fake, because a runtime has to hang and to refuse as it is told.
@Suite(.timeLimit(.minutes(10)))
struct RunOptionsTests {
    /// `VersionResponse` with version, runtime_name, runtime_version and runtime_api_version.
    private static let version: [UInt8] =
        [0x0a, 5] + Array("0.1.0".utf8) + [0x12, 4] + Array("fake".utf8) + [0x1a, 1] + Array("1".utf8) + [0x22, 2]
        + Array("v1".utf8)

    /// One that never answers to UpdateRuntimeConfig, and has nothing but Version.
    private static let script = FakeScript { request in
        switch request[":path"]?.split(separator: "/").last {
        case "Version": FakeAction.ok(version)
        case "UpdateRuntimeConfig": []
        default: FakeAction.trailersOnly([("grpc-status", "12"), ("grpc-message", "not implemented")])
        }
    }

    private static let suite = """
        suite: t
        title: T
        cases:
        - {id: t.pass, title: T, level: must, source: s, steps: [{call: Version, expect: {runtimeName: fake}}]}
        - {id: t.hang, title: T, level: must, source: s, steps: [{call: UpdateRuntimeConfig}]}
        - {id: t.after, title: T, level: must, source: s, steps: [{call: Version}]}
        - {id: t.none, title: T, level: may, source: s, steps: [{call: ListMetricDescriptors}]}

        """

    /// Runs crisol against the fake with the suite above, and reads its results.
    private func run(_ arguments: [String], in folder: TemporaryFolder) async throws -> (CrisolProgram.Ending, Results?)
    {
        try folder.write("t.yaml", Self.suite)
        let words =
            ["run", "--endpoint", "unix://\(folder.path)/r", "--parallel", "1", "--output", "\(folder.path)/report"]
            + arguments + ["\(folder.path)/t.yaml"]
        let state = ["CRISOL_STATE": "\(folder.path)/state"]
        let ending = try await FakeRuntime.run(Self.script, at: Endpoint("\(folder.path)/r")) { _ in
            try await CrisolProgram.run(words, environment: state)
        }
        let data = FileManager.default.contents(atPath: "\(folder.path)/report/results.json")
        return (ending, try data.map { try ResultsFile.decode($0) })
    }

    @Test func `When the run's time is over the case at work is ended, and both it and the rest were not run`()
        async throws
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let arguments = ["--timeout", "20s", "--case", "t.pass", "--case", "t.hang", "--case", "t.after"]
        let (ending, found) = try await run(arguments, in: folder)
        let results = try #require(found, "\(ending.output)")
        #expect(ending.code == 3, "\(ending.output)")
        #expect(results.cases.map(\.verdict) == [.pass, .notRun, .notRun], "\(ending.output)")
        for result in results.cases.dropFirst() {
            #expect(result.reason == "the run's time was over (--timeout)", "\(result.id): \(result.reason)")
        }
        // It had begun, and what it did until then is kept.
        #expect(results.cases[1].calls.map(\.code) == ["CANCELLED"])
        #expect(results.findings.contains { $0.title == "The run ended early" })
    }

    @Test func `A verdict of --fail-on fails the run in every report`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let arguments = ["--fail-on", "unsupported", "--repeat", "3", "--case", "t.pass", "--case", "t.none"]
        let (ending, found) = try await run(arguments, in: folder)
        let results = try #require(found, "\(ending.output)")
        #expect(ending.code == 1, "\(ending.output)")
        #expect(ending.output.contains("(2 cases, 3 rounds, "), "\(ending.output)")
        #expect(ending.output.contains("and 1 case has a verdict of --fail-on (unsupported)"), "\(ending.output)")
        #expect(ending.output.contains("crisol: FAIL  1 pass, 1 unsupported of 2"), "\(ending.output)")
        #expect(results.verdict == .fail)
        let junit = try String(contentsOfFile: "\(folder.path)/report/junit.xml", encoding: .utf8)
        #expect(junit.contains(#"tests="2" failures="1" errors="0" skipped="0""#), "\(junit)")
    }

    @Test func `With --fail-fast a verdict of --fail-on is the last`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let arguments = [
            "--fail-on", "unsupported", "--fail-fast", "--case", "t.none", "--case", "t.pass", "--repeat", "2",
        ]
        let (ending, found) = try await run(arguments, in: folder)
        let results = try #require(found, "\(ending.output)")
        #expect(ending.code == 1, "\(ending.output)")
        #expect(results.findings.contains { $0.text.contains("--fail-fast: t.none was unsupported (--fail-on)") })
    }

    @Test func `Of a profile only what is about other suites is passed over, in one line`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func entry(_ id: String) -> String {
            "- {case: \(id), reason: because, owner: me, expires: \"2099-01-01\"}\n"
        }
        let head = "profile: x\ndifferences:\n"
        try folder.write("foreign.yaml", head + entry("exec.one") + entry("sandbox.two"))
        let profile = "\(folder.path)/foreign.yaml"
        let (ending, _) = try await run(["--profile", profile, "--case", "t.pass"], in: folder)
        #expect(ending.code == 0, "\(ending.output)")
        let note = "2 entries of the profile are about cases that are not among these suites"
        #expect(ending.output.components(separatedBy: note).count == 2, "\(ending.output)")
        let lint = try await CrisolProgram.run(["lint", profile, "\(folder.path)/t.yaml"])
        #expect(lint.code == 0, "\(lint.output)")
        #expect(lint.output.contains(note), "\(lint.output)")
        #expect(lint.output.contains("1 suite with 4 cases"), "\(lint.output)")
        try folder.write("wrong.yaml", head + entry("t.pas"))
        let (wrong, _) = try await run(["--profile", "\(folder.path)/wrong.yaml"], in: folder)
        #expect(wrong.code == 2, "\(wrong.output)")
        #expect(wrong.output.contains("no case is called 't.pas' (did you mean t.pass?)"), "\(wrong.output)")
    }

    @Test func `Where a report cannot be written is found out before the first case, and nothing of that stays`()
        async throws
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("file", "")
        for (arguments, words) in [
            (["--output", "\(folder.path)/file"], "no folder"),
            (["--output", "/dev/full/x"], "/dev/full is no folder"),
            (["--output", "/proc/no/such"], "/proc/no/such"),
            (
                ["--output", "\(folder.path)/a/b", "--write-profile", "\(folder.path)/no/p.yaml"],
                "its folder is not there"
            ),
        ] {
            let (ending, _) = try await run(arguments, in: folder)
            #expect(ending.code == 2, "\(arguments): \(ending.output)")
            #expect(ending.output.contains(words), "\(ending.output)")
            #expect(ending.output.contains("nothing was run"), "\(ending.output)")
            #expect(!ending.output.contains("judges"), "\(ending.output)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["file", "t.yaml"])
        // A profile may go where the report does, which is not there yet.
        let inside = ["--output", "\(folder.path)/a/b", "--write-profile", "\(folder.path)/a/b/p.yaml"]
        let (ending, _) = try await run(inside + ["--case", "t.pass"], in: folder)
        #expect(ending.code == 0, "\(ending.output)")
    }

    @Test(
        "A file that cannot be used is said before anything is asked of the runtime",
        arguments: [
            (["--image-map", "none.yaml"], "none.yaml cannot be read"),
            (["--image-map", "t.yaml"], "t.yaml is no mapping of names to references"),
            (["--registry-certificate", "t.yaml", "--registry-key", "t.yaml"], "are no certificate with its key: "),
            (["--registry-certificate", "t.yaml", "--registry-key", "none.pem"], "none.pem cannot be read"),
        ]
    )
    func files(options: [String], complaint: String) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let words = options.map { $0.hasPrefix("--") ? $0 : "\(folder.path)/\($0)" }
        let (ending, results) = try await run(words, in: folder)
        #expect(ending.code == 2, "\(ending.output)")
        #expect(ending.output.contains(complaint), "\(ending.output)")
        #expect(results == nil)
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/state"))
    }
}

import AgentProtocol
import Foundation
import Testing

/// The table of what the agent may be told, against what the built agent takes; needs `make agent`.
@Suite struct AgentFormTests {
    private func run(_ arguments: [String]) throws -> (code: Int32, output: [UInt8], complaint: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: AgentTests.path)
        process.arguments = arguments
        let (out, error) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out
        process.standardError = error
        try process.run()
        let output = out.fileHandleForReading.readDataToEndOfFile()
        let complaint = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, [UInt8](output), String(decoding: complaint, as: UTF8.self))
    }

    @Test(
        "A command refuses an option it does not have, and shows the form of the table",
        arguments: AgentCommands.runCommands.map(\.name).filter { !["argv", "ask"].contains($0) }
    )
    func unknownOption(name: String) throws {
        let command = try #require(AgentCommands.runCommands.first { $0.name == name })
        let (code, output, complaint) = try run([name, "--no-such-option"])
        #expect(code == 64)
        #expect(output == [])
        #expect(complaint == "agent: --no-such-option is no option here; usage: \(command.usage)\n")
    }

    @Test(
        "What the table refuses, the agent refuses",
        arguments: [
            ["exit"], ["exit", "abc"], ["exit", "256"], ["exit", "-1"], ["exit", "0", "1"], ["exit", "0", "--after"],
            ["exit", "0", "--after", "soon"], ["exit", "0", "--after", "999999999999h"], ["sleep"], ["sleep", "5"],
            ["sleep", "1.5s"], ["raise"], ["raise", "FOO"], ["ignore"], ["ignore", "FOO"], ["write"], ["write", "x"],
            ["write", "--stdoutt", "x"], ["write", "--stdout"], ["write", "--stdout", "hex:0"],
            ["write", "--stdout", "hex:zz"], ["write", "--stdout", "random:x"], ["write", "--stdout", "fill:4"],
            ["write", "--stdout", "fill:4:xy"], ["write", "--stdout", "a", "--repeat", "b"],
            ["write", "--stdout", "a", "--stdout", "b"], ["count"], ["count", "--to", "x"],
            ["count", "--to", "1", "--per-second", "x"], ["leave-child", "--for", "10"], ["leave-child", "x"],
            ["listen"], ["listen", "--port"], ["listen", "--port", "0"], ["listen", "--port", "65536"],
            ["listen", "--port", "1", "--bind", "localhost"], ["listen", "--port", "1", "--after", "1h"],
            ["echo-server", "--port", "x"], ["cat", "x"], ["cat", "--after", "x"], ["sha256", "--size", "x"],
            ["sha256", "--size", "1TiB"], ["env"], ["terminal-size", "x"], ["idle", "--for", "x"], ["fly"],
        ]
    )
    func refused(words: [String]) throws {
        #expect(AgentCommands.misuse(ofRun: words) != nil)
        let (code, output, complaint) = try run(words)
        #expect(code == 64)
        #expect(output == [])
        #expect(complaint.hasPrefix("agent: "), "\(complaint)")
    }

    @Test(
        "What the table takes, the agent takes",
        arguments: [
            (["exit", "255", "--after", "1ms"], 255), (["sleep", "0s"], 0), (["write", "--stderr", "fill:0:x"], 0),
            (["write", "--stdout", "--stderr", "--repeat", "0"], 0), (["write", "--stdout", "fill:2B::"], 0),
            (["write", "--stdout", "random:1KiB", "--newline"], 0), (["count", "--to", "2", "--both"], 0),
            (["cat", "--after", "1ms"], 0), (["sha256", "--size", "1GiB"], 0), (["argv", "--x", "--", ""], 0),
            (["env", "PATH", "--", "HOME"], 0), (["idle", "--for", "1ms", "a", "--", "--x", ""], 0),
            (["pause", "--for", "1ms"], 0), (["ask", "hostname"], 0),
        ] as [([String], Int32)]
    )
    func taken(words: [String], code: Int32) throws {
        #expect(AgentCommands.misuse(ofRun: words) == nil)
        let ending = try run(words)
        #expect(ending.code == code, "\(ending.complaint)")
    }

    @Test(
        "A question the table refuses is misuse, whoever it is asked of",
        arguments: [
            ["the-time"], ["process", "x"], ["hostname", ""], ["mounts", "/"], ["image-mark", "x"], ["stat"],
            ["stat", ""], ["read-file", "/a", "/b"], ["touch"], ["write-file", "/a"], ["write-file", "", "x"],
            ["connect", "127.0.0.1"], ["connect", "127.0.0.1", "http"], ["connect", "127.0.0.1", "99999999999"],
            ["connect", "127.0.0.1", "1", "x"],
        ]
    )
    func misuse(question: [String]) throws {
        #expect(AgentCommands.misuse(ofQuestion: question) != nil)
        let output = try run(["ask"] + question).output
        let error = #expect(throws: AgentError.self) { _ = try AgentMailbox.result(of: output) }
        #expect(error?.code == .misuse)
    }

    @Test func `What the kernel refuses is an answer, and so is what a runtime calls an address`() throws {
        for (question, errno) in [
            (["touch", "/proc/x"], "ENOENT"), (["stat", "/etc/passwd/x"], "ENOTDIR"),
            (["write-file", "/", "x"], "EISDIR"), (["read-file", "/no-such"], "ENOENT"),
            (["connect", "of-the-runtime", "80"], "EINVAL"), (["connect", "", "80"], "EINVAL"),
        ] {
            let answer = try AgentMailbox.result(of: try run(["ask"] + question).output)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any])
            #expect(object["errno"] as? String == errno)
            #expect(AgentErrno.canBe(errno))
        }
    }

    @Test(
        "A refusal is misuse unless it says that it is not",
        arguments: [
            (#"{"ok":false,"misuse":true,"error":"e"}"#, AgentError.Code.misuse, "e"),
            (#"{"ok":false,"error":"of an agent before the field"}"#, .misuse, "of an agent before the field"),
            (#"{"error":"e","later":1,"ok":false,"misuse":false}"#, .refused, "e"),
            (#"{"ok":false}"#, .malformed, #"{"ok":false}"#), (#"{"ok":true}"#, .malformed, #"{"ok":true}"#),
            ("", .malformed, ""),
        ]
    )
    func refusal(answer: String, code: AgentError.Code, message: String) {
        let error = #expect(throws: AgentError.self) { _ = try AgentMailbox.result(of: Array(answer.utf8)) }
        #expect(error?.code == code)
        #expect(error?.message == message)
    }

    @Test func `The words for people are those of the table`() throws {
        let path = "\(FileManager.default.currentDirectoryPath)/suites/README.md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for usage in AgentCommands.runCommands.map(\.usage) + AgentCommands.questions.map(\.usage) {
            #expect(text.contains("| `\(usage)`"), "\(usage)")
        }
    }

    @Test func `The names of error numbers are those of errno, without a second one of the same number`() {
        #expect(AgentErrno.names.count == 131)
        #expect(Set(AgentErrno.names).count == 131)
        #expect(AgentErrno.names.allSatisfy { AgentErrno.canBe($0) && AgentErrno.otherNames[$0] == nil })
        #expect(AgentErrno.otherNames.allSatisfy { !AgentErrno.canBe($0.key) && AgentErrno.canBe($0.value) })
        for word in ["ENOTENT", "ok", "0", "2", "enoent"] { #expect(!AgentErrno.canBe(word)) }
    }
}

import AgentProtocol
import Crypto
import Foundation
import Testing

/// The built agent against the table suites are checked by; needs `make agent`.
@Suite struct AgentTests {
    static let path =
        ProcessInfo.processInfo.environment[AgentBinary.variable]
        ?? "\(FileManager.default.currentDirectoryPath)/.build-agent/release/agent"

    private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> (Int32, Data, Data) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        process.environment = environment
        let (out, error) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = error
        try process.run()
        let output = out.fileHandleForReading.readDataToEndOfFile()
        let complaint = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let code =
            process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
        return (code, output, complaint)
    }

    @Test(
        "Every question of the table is answered with the fields of the table",
        arguments: ["process", "hostname", "mounts", "image-mark"]
    )
    func answers(question: String) throws {
        let described = try #require(AgentCommands.questions.first { $0.name == question })
        let (code, output, _) = try run(["ask", question])
        #expect(code == 0)
        let answer = try AgentMailbox.result(of: Array(output))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any])
        #expect(Set(object.keys) == Set(described.fields.map(\.name)))
    }

    @Test func `A question it does not know is an error and no answer`() throws {
        let (_, output, _) = try run(["ask", "the-time"])
        #expect(throws: AgentError.self) { _ = try AgentMailbox.result(of: Array(output)) }
    }

    @Test func `Both sides make the same random bytes`() throws {
        for size in [0, 1, 7, 8, 4096, 65_536, 100_001, 1 << 20] {
            let (code, output, _) = try run(["write", "--stdout", "random:\(size)"])
            #expect(code == 0)
            #expect(Array(output) == DeterministicBytes.random(size: size))
        }
    }

    @Test(
        "It writes what it is told",
        arguments: [
            (["--stdout", "hex:00ff0a"], [0, 255, 10], []),
            (["--stdout", "fill:4:x", "--newline"], Array("xxxx\n".utf8), []),
            (["--stderr", "a", "--repeat", "3"], [], Array("aaa".utf8)),
        ] as [([String], [UInt8], [UInt8])]
    )
    func writes(arguments: [String], out: [UInt8], error: [UInt8]) throws {
        let (code, output, complaint) = try run(["write"] + arguments)
        #expect(code == 0)
        #expect(Array(output) == out)
        #expect(Array(complaint) == error)
    }

    @Test(
        "It ends as it is told, and complains about what it cannot read",
        arguments: [
            (["exit", "0"], 0), (["exit", "255"], 255), (["raise", "KILL"], 137),
            (["fly"], 64), (["write", "--stdout", "hex:0"], 64), (["count"], 64),
            (["write", "--stdout", "fill:x:4"], 64),
        ] as [([String], Int32)]
    )
    func ends(arguments: [String], code: Int32) throws {
        #expect(try run(arguments).0 == code)
    }

    /// Runs it with something on standard input.
    private func run(_ arguments: [String], input: [UInt8]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        let (into, out) = (Pipe(), Pipe())
        process.standardInput = into
        process.standardOutput = out
        try process.run()
        // It may stop reading before all is written.
        signal(SIGPIPE, SIG_IGN)
        let writer = Thread {
            try? into.fileHandleForWriting.write(contentsOf: Data(input))
            try? into.fileHandleForWriting.close()
        }
        writer.start()
        let output = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "Its digests are those of everybody else",
        arguments: [0, 1, 55, 56, 63, 64, 65, 119, 120, 65_535, 65_536, 65_537, 200_000]
    )
    func digests(size: Int) throws {
        let input = DeterministicBytes.random(size: size)
        let hex = SHA256.hash(data: input).map { String(format: "%02x", $0) }.joined()
        #expect(try run(["sha256"], input: input) == "\(hex)\n")
        let half = SHA256.hash(data: input.prefix(size / 2)).map { String(format: "%02x", $0) }.joined()
        #expect(try run(["sha256", "--size", "\(size / 2)"], input: input) == "\(half)\n")
    }

    @Test func `It says what it cannot do with a port, an address or a terminal`() throws {
        #expect(try run(["echo-server"]).0 == 64)
        #expect(try run(["listen", "--port", "70000"]).0 == 64)
        #expect(try run(["echo-server", "--port", "80", "--bind", "nowhere"]).0 == 64)
        #expect(try run(["terminal-size"]).0 == 64)
        let (_, output, _) = try run(["ask", "connect", "127.0.0.1", "1"])
        let answer = String(decoding: try AgentMailbox.result(of: Array(output)), as: UTF8.self)
        #expect(answer.contains("ECONNREFUSED"))
    }

    @Test func `It counts without a gap and ends`() throws {
        let (code, output, _) = try run(["count", "--to", "2500"])
        #expect(code == 0)
        #expect(String(decoding: output, as: UTF8.self) == (1...2500).map { "\($0)\n" }.joined())
    }
}

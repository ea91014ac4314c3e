import Foundation
import Testing

@testable import ManagedRuntime

@Suite struct ManagedNetworkTests {
    @Test func `Lines of one command are folded, and one that ended in the middle was killed`() {
        let text = """
            10 ADD begun abc
            11 ADD begun def
            10 ADD held abc
            10 ADD done abc
            11 ADD held def
            10 DEL begun abc
            12 DEL begun xyz
            12 DEL refused xyz
            garbage
            13
            """
        let record = ManagedNetwork.parse(text) { pid in pid == 10 }
        #expect(
            record.calls == [
                NetworkCall(command: "ADD", state: .done), NetworkCall(command: "ADD", state: .killed),
                NetworkCall(command: "DEL", state: .begun), NetworkCall(command: "DEL", state: .refused),
            ]
        )
        #expect(record.sandboxIDs == ["abc", "def", "xyz"])
    }

    @Test(
        "A pod's uid becomes a file's name and nothing else",
        arguments: ["../x", "a/b", "", "a b", "a;b", String(repeating: "a", count: 65)]
    )
    func uids(uid: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = ManagedNetwork(folder: folder.path)
        #expect(throws: RuntimeError.self) { try network.behave(pod: uid, [("ADD", .hold)]) }
    }

    /// Installs our plugins before a stand-in for a standard one.
    private func install(_ name: String, _ script: String, in folder: URL) throws -> ManagedNetwork {
        let standard = folder.appendingPathComponent("standard")
        try FileManager.default.createDirectory(at: standard, withIntermediateDirectories: true)
        let plugin = standard.appendingPathComponent(name)
        try Data(script.utf8).write(to: plugin)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugin.path)
        let network = ManagedNetwork(folder: folder.path)
        try network.install(plugins: standard.path)
        return network
    }

    /// Starts the installed script as a runtime would, with a stand-in for the bridge plugin.
    private func start(
        _ folder: URL,
        _ command: String,
        plugin: String = "crisol-bridge",
        input text: String = "{\"type\":\"bridge\"}"
    ) throws -> (Process, output: Pipe) {
        let process = Process()
        let output = Pipe()
        // Read and not executed: what another test starts in this moment may still have it open for writing (ETXTBSY).
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [folder.appendingPathComponent("plugins/\(plugin)").path]
        process.environment = [
            "CNI_COMMAND": command, "CNI_CONTAINERID": "c1", "PATH": "/usr/bin:/bin",
            "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=n;K8S_POD_NAME=p;K8S_POD_UID=u-1",
        ]
        process.standardOutput = output
        // A file, not a pipe: a plugin need not read its configuration, and to write to one that has gone kills who writes.
        let configuration = configuration(in: folder)
        try Data(text.utf8).write(to: configuration)
        process.standardInput = try FileHandle(forReadingFrom: configuration)
        try process.run()
        return (process, output)
    }

    private func configuration(in folder: URL) -> URL { folder.appendingPathComponent("configuration") }

    private func end(_ process: Process, _ output: Pipe) -> (Int32, String) {
        process.waitUntilExit()
        return (
            process.terminationStatus,
            String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        )
    }

    private func run(
        _ network: ManagedNetwork,
        _ folder: URL,
        _ command: String,
        plugin: String = "crisol-bridge",
        input text: String = "{\"type\":\"bridge\"}"
    ) throws -> (Int32, String) {
        let (process, output) = try start(folder, command, plugin: plugin, input: text)
        return end(process, output)
    }

    /// A plugin that waited with its input had none where the runtime was killed soon after it began.
    @Test func `A command that is held has its input already`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = try install("bridge", "#!/bin/sh\ncat\n", in: folder)
        try network.behave(pod: "u-1", [("ADD", .hold)])
        let (process, output) = try start(folder, "ADD")
        while try network.record(pod: "u-1").calls.last?.state != .held {
            try await Task.sleep(for: .milliseconds(5))
        }
        let file = try FileHandle(forWritingTo: configuration(in: folder))
        try file.truncate(atOffset: 0)
        try file.close()
        try network.behave(pod: "u-1", [])
        #expect(end(process, output) == (0, "{\"type\":\"bridge\"}"))
    }

    @Test func `Only a sandbox that was given ports has them taken down`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = try install("portmap", "#!/bin/sh\necho \"$CNI_COMMAND\"\ncat\nexit 3\n", in: folder)
        func ask(_ command: String, _ ports: String) throws -> (Int32, String) {
            let input =
                "{\"capabilities\":{\"portMappings\":true},\"a\":\"b\\\\n  c\",\"runtimeConfig\":{\"portMappings\":\(ports)}}"
            let (code, output) = try run(network, folder, command, plugin: "crisol-portmap", input: input)
            if !output.isEmpty { #expect(output == "\(command)\n\(input)") }
            return (code, output)
        }
        for none in ["[]", "null"] {
            #expect(try ask("ADD", none).0 == 3)
            #expect(try ask("DEL", none) == (0, ""))
        }
        #expect(try ask("ADD", "[{\"hostPort\":80}]").0 == 3)
        // Whatever the runtime remembers of them by then.
        #expect(try ask("DEL", "[]").0 == 3)
        #expect(try ask("CHECK", "[]").0 == 3)
    }

    @Test func `The plugin passes its input on, counts, fails as often as told, and heals`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = try install("bridge", "#!/bin/sh\ncat\n[ $CNI_COMMAND != CHECK ]\n", in: folder)

        #expect(try run(network, folder, "ADD") == (0, "{\"type\":\"bridge\"}"))
        try network.behave(pod: "u-1", [("ADD", .fail(times: 1)), ("DEL", .delay(.milliseconds(1)))])
        let refused = try run(network, folder, "ADD")
        #expect(refused.0 == 1)
        #expect(refused.1.contains("\"code\":100"))
        #expect(try run(network, folder, "ADD").0 == 0)
        #expect(try run(network, folder, "DEL").0 == 0)
        #expect(try run(network, folder, "CHECK").0 != 0)
        try network.behave(pod: "u-1", [("ADD", .fail(times: 9))])
        try network.behave(pod: "u-1", [])
        #expect(try run(network, folder, "ADD").0 == 0)
        let record = try network.record(pod: "u-1")
        #expect(record.calls.map(\.command) == ["ADD", "ADD", "ADD", "DEL", "CHECK", "ADD"])
        #expect(record.calls.map(\.state) == [.done, .refused, .done, .done, .failed, .done])
        #expect(record.sandboxIDs == ["c1"])
    }

    @Test func `What was taken down is not taken down again, until it is set up again`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Takes down once what was set up, as the standard plugin does when its namespace has gone meanwhile.
        let up = folder.appendingPathComponent("up").path
        let network = try install(
            "bridge",
            "#!/bin/sh\ncase $CNI_COMMAND in ADD) : >\(up) ;; DEL) rm \(up) ;; esac\n",
            in: folder
        )
        let codes = try ["DEL", "ADD", "DEL", "DEL", "ADD", "DEL"].map { try run(network, folder, $0).0 == 0 }
        // The first finds nothing to take down, and that it failed is not forgotten.
        #expect(codes == [false, true, true, true, true, true])
        #expect(!FileManager.default.fileExists(atPath: up))
        try network.behave(pod: "u-1", [])
        #expect(try run(network, folder, "DEL").0 == 0)
    }
}

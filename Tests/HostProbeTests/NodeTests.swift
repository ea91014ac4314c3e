import CRICatalog
import Foundation
import Testing

@testable import HostProbe

/// Probes against this test's own process, whose truth is known.
@Suite struct NodeTests {
    private let own = Int32(ProcessInfo.processInfo.processIdentifier)

    @Test func `A process is described as it is`() throws {
        let facts = try ProcessProbe(root: HostRoot()).facts(of: own)
        #expect(facts["pid"] == .integer(Int128(own)))
        #expect(facts["uid"] == .integer(Int128(getuid())))
        #expect(facts["cwd"]?.text == FileManager.default.currentDirectoryPath)
        #expect(facts["argv"]?.list?.first?.text == CommandLine.arguments.first)
    }

    @Test func `The fields of a look are those its table names`() throws {
        let facts = try ProcessProbe(root: HostRoot()).facts(of: own)
        let described = Set(HostObservation.process.map(\.name))
        #expect(Set(facts.fields.keys).subtracting(described) == [])
    }

    @Test func `A process that is not there is not found`() {
        #expect(throws: ProbeError.self) { _ = try ProcessProbe(root: HostRoot()).facts(of: 4_194_303) }
    }

    @Test func `The root is a mount, and a path without one below it has none`() throws {
        let table = try MountTable(pid: nil, root: HostRoot())
        #expect(table.mounts.contains { $0.point == "/" })
        #expect(table.under("/no/such/folder").isEmpty)
    }

    @Test func `What carries the token of a removed container is found and named`() throws {
        let token = UUID().uuidString
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("CRISOL_TOKEN=\(token)"), nil]
        defer { (arguments + environment).forEach { free($0) } }
        try #require(posix_spawn(&pid, "/bin/sleep", nil, nil, &arguments, &environment) == 0)
        // The kernel lets the parent go on before the child's arguments are in place.
        while ProcessProbe(root: HostRoot()).nulSeparated("/proc/\(pid)/cmdline").isEmpty { sched_yield() }
        var identity = PodIdentity()
        identity.tokens = [token]
        #expect(Remains(root: HostRoot()).of(identity).contains { $0.contains("process \(pid) ") })
        kill(pid, SIGKILL)
        #expect(waitpid(pid, nil, 0) == pid)
        #expect(Remains(root: HostRoot()).of(identity) == [])
    }

    @Test func `A snapshot holds every process but the runtime's own`() {
        func processes(daemon: Int32?) -> [String] {
            HostSnapshot(root: HostRoot(), rules: "", cgroup: "crisol-\(own)", daemon: daemon).items
                .filter { $0.hasPrefix("process \(own) ") }
        }
        #expect(processes(daemon: nil).count == 1)
        #expect(processes(daemon: own) == [])
    }

    @Test func `A snapshot holds the interfaces of this process's own network`() throws {
        let found = HostSnapshot(root: HostRoot(), rules: "", cgroup: "crisol-\(own)", daemon: nil).items
            .filter { $0.hasPrefix("interface ") }
        var names: Set<String> = []
        let first = if_nameindex()
        defer { if_freenameindex(first) }
        var next = first
        while let entry = next?.pointee, let name = entry.if_name {
            names.insert("interface \(String(cString: name))")
            next = next?.successor()
        }
        #expect(Set(found) == names)
        #expect(names.contains("interface lo"))
    }

    @Test func `A file is described, and its absence too`() throws {
        let name = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString)").path
        #expect(try FileProbe.record(path: name, root: HostRoot())["exists"] == .bool(false))
        try Data("abc".utf8).write(to: URL(fileURLWithPath: name))
        defer { try? FileManager.default.removeItem(atPath: name) }
        let facts = try FileProbe.record(path: name, root: HostRoot())
        #expect(facts["exists"] == .bool(true))
        #expect(facts["size"] == .integer(3))
        #expect(facts["content"] == .bytes(Array("abc".utf8)))
    }
}

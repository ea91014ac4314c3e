import Foundation
import Testing

@testable import HostProbe

@Suite struct ContainerLogTests {
    private func parsed(_ text: String) -> ContainerLog {
        var log = ContainerLog(files: ["0.log"])
        log.parse(Array(text.utf8), file: "0.log")
        return log
    }

    @Test func `Partial lines are joined to the full one that ends them, per stream`() {
        let log = parsed(
            """
            2026-01-02T03:04:05.000000001Z stdout P one
            2026-01-02T03:04:05.000000002Z stderr F other
            2026-01-02T03:04:05.000000003Z stdout F  two

            """
        )
        #expect(log.malformed == [])
        #expect(log.records.map { String(decoding: $0.text, as: UTF8.self) } == ["other", "one two"])
        #expect(log.records.map(\.isCut) == [false, false])
    }

    @Test func `Lines in Docker's format are read, and are told from the CRI's`() {
        let log = parsed(
            """
            {"log":"one ","stream":"stdout","time":"2026-01-02T03:04:05.000000001Z"}
            {"log":"half\\n","stream":"stdout","time":"2026-01-02T03:04:05.5Z"}
            {"log":"\\n","stream":"stderr","time":"2026-01-02T03:04:06Z"}
            {"log":"no stream","time":"2026-01-02T03:04:06Z"}
            {"log":"bad time\\n","stream":"stdout","time":"yesterday"}
            {"log":

            """
        )
        #expect(log.records.map { String(decoding: $0.text, as: UTF8.self) } == ["one half", ""])
        #expect(log.records.map(\.stream) == ["stdout", "stderr"])
        #expect(log.lines.map(\.tag) == ["P", "F", "F"])
        #expect(log.malformed.count == 3)
        #expect(log.formats == [.dockerJSON])
        #expect(parsed("").formats == [])
    }

    @Test func `A log of both formats has both`() {
        let log = parsed(
            """
            2026-01-02T03:04:05Z stdout F one
            {"log":"two\\n","stream":"stdout","time":"2026-01-02T03:04:06Z"}
            2026-01-02T03:04:07Z stdout F three

            """
        )
        #expect(log.malformed == [])
        #expect(log.formats == [.cri, .dockerJSON])
    }

    @Test func `A line whose end was never written is a record that is cut`() {
        let log = parsed("2026-01-02T03:04:05Z stdout P half\n")
        #expect(log.records.map(\.isCut) == [true])
    }

    @Test(
        "A line that is not in the format is malformed, with its number",
        arguments: [
            "", "no time at all", "2026-01-02T03:04:05Z stdout F", "2026-01-02T03:04:05Z stdin F x",
            "2026-01-02T03:04:05Z stdout X x", "2026-01-02 03:04:05Z stdout F x", "2026-13-02T03:04:05Z stdout F x",
        ]
    )
    func malformed(line: String) {
        let log = parsed("2026-01-02T03:04:05Z stdout F good\n\(line)\n")
        #expect(log.lines.count == 1)
        #expect(log.malformed.count == 1)
        #expect(log.malformed.first?.hasPrefix("0.log:2: ") == true)
    }

    @Test func `The agent's description is no output of the case`() {
        let log = parsed("2026-01-02T03:04:05Z stdout F crisol-agent {}\n2026-01-02T03:04:05Z stdout F \n")
        #expect(log.lines.count == 1)
        #expect(log.agentDescription == "crisol-agent {}")
    }

    @Test func `Rotated files come first, and a missing log is an error`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func line(_ text: String) -> Data { Data("2026-01-02T03:04:05Z stdout F \(text)\n".utf8) }
        try line("new").write(to: folder.appendingPathComponent("0.log"))
        try line("old").write(to: folder.appendingPathComponent("0.log.20260102-030405"))
        let log = try ContainerLog.read(path: "\(folder.path)/0.log", root: HostRoot())
        #expect(log.records.map { String(decoding: $0.text, as: UTF8.self) } == ["old", "new"])
        #expect(throws: ProbeError.self) {
            _ = try ContainerLog.read(path: "\(folder.path)/1.log", root: HostRoot())
        }
    }
}

@Suite struct RFC3339Tests {
    @Test(
        "A time is read to the nanosecond",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.5Z", 500_000_000),
            ("2026-11-24T12:00:41.76216277Z", 1_795_521_641_762_162_770),
            ("2026-11-24T13:00:41+01:00", 1_795_521_641_000_000_000),
            ("2000-02-29T00:00:00-05:30", 951_802_200_000_000_000),
        ] as [(String, Int64)]
    )
    func reads(text: String, nanoseconds: Int64) {
        #expect(RFC3339.nanoseconds(text) == nanoseconds)
    }

    @Test(
        arguments: [
            "", "now", "2026-11-24", "2026-11-24T12:00:41", "2026-11-24T12:00:41.Z", "2026-11-24T12:00:41.1234567890Z",
            "2026-11-24T25:00:41Z", "2026-11-24T12:00:41+1:00", "2026-11-24t12:00:41Z", "9999-01-01T00:00:00Z",
        ]
    )
    func refuses(text: String) {
        #expect(RFC3339.nanoseconds(text) == nil)
    }
}

import Foundation
import NIOCore
import Testing

@testable import FaultModel
@testable import FaultProxy

/// Two proxies write to one file while the second takes over from the first.
@Suite struct SharedLedgerTests {
    private static func configuration(_ folder: String, process: Int32, began: Int64) -> LedgerConfiguration {
        LedgerConfiguration(
            path: folder + "/ledger",
            maxBytes: 4096,
            generations: 2,
            header: LedgerHeader(seed: UInt64(process), began: began, process: process)
        )
    }

    private static func write(_ line: String, to file: LedgerFile) {
        let outcome = file.write(ByteBuffer(string: line + "\n"), lines: 1)
        #expect(outcome.written == 1)
    }

    private static func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            line.hasPrefix(#"{"ledger""#) ? String(line.dropFirst(line.count - 2).dropLast()) : String(line)
        }
    }

    @Test func `Lines stand under a header of the run that wrote them`() async throws {
        try await withFolder { folder in
            let first = try LedgerFile(Self.configuration(folder, process: 1, began: 1))
            Self.write("a", to: first)
            Self.write("b", to: first)
            let second = try LedgerFile(Self.configuration(folder, process: 2, began: 2))
            Self.write("c", to: second)
            Self.write("d", to: first)
            Self.write("e", to: first)
            Self.write("f", to: second)
            first.close()
            second.close()
            let lines = try Self.lines(folder + "/ledger")
            #expect(lines == ["1", "a", "b", "2", "c", "1", "d", "e", "2", "f"])
        }
    }

    @Test func `A file that the other has rotated, or that somebody took away, is followed`() async throws {
        try await withFolder { folder in
            let first = try LedgerFile(Self.configuration(folder, process: 1, began: 1))
            let second = try LedgerFile(Self.configuration(folder, process: 2, began: 2))
            let long = String(repeating: "x", count: 3000)
            Self.write(long, to: second)
            Self.write(long, to: second)
            Self.write("a", to: first)
            #expect(try Self.lines(folder + "/ledger") == ["2", long, "1", "a"])
            #expect(try Self.lines(folder + "/ledger.1") == ["1", "2", long])
            try FileManager.default.removeItem(atPath: folder + "/ledger")
            Self.write("b", to: first)
            #expect(try Self.lines(folder + "/ledger") == ["1", "b"])
            first.close()
            second.close()
        }
    }

    @Test func `A replay is of the run that began last, whoever wrote the last line`() async throws {
        func decision(_ number: Int) -> String {
            #"{"t":1.0,"decisions":[{"rule":"r","key":"k","n":\#(number),"fault":"error"}]}"#
        }
        try await withFolder { folder in
            let first = try LedgerFile(Self.configuration(folder, process: 1, began: 1))
            Self.write(decision(1), to: first)
            let second = try LedgerFile(Self.configuration(folder, process: 2, began: 2))
            Self.write(decision(10), to: second)
            Self.write(decision(2), to: first)
            Self.write(decision(11), to: second)
            Self.write(decision(3), to: first)
            first.close()
            second.close()
            let run = try RecordedRun(ledger: folder + "/ledger")
            #expect(run.seed == 2)
            #expect(run.entries.map(\.turn.number) == [10, 11])
        }
    }
}

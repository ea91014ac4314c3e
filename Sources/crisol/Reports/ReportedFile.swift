import CRICatalog
import FaultProxy
import Foundation
import Outcome
import Report

/// A file that a report is to be drawn of.
struct ReportedFile {
    enum Kind {
        case results
        case ledger
    }

    /// What is wrong with the file, and what to do.
    struct Problem: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private static let pieceSize = 1 << 20

    let path: String

    init(_ path: String) { self.path = path }

    /// What its content tells: results are one JSON document over many lines, a ledger is a JSON object a line.
    var kind: Kind {
        get throws(Problem) {
            let file = try open()
            defer { try? file.close() }
            let start = [UInt8](try piece(file, LedgerReader.lineLimit + 1))
            let line = start.prefix { $0 != UInt8(ascii: "\n") }
            guard !start.isEmpty else { throw Problem("\(path) is empty: it holds neither results nor a ledger") }
            if let value = try? JSONValue.parse(Array(line)) {
                if LedgerReader.isLine(value) { return .ledger }
                if value["schema"] != nil { return .results }
            } else if line.allSatisfy({ $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: " ") || $0 == 13 }) {
                return .results
            } else if line.starts(with: #"{"t":"#.utf8) || line.starts(with: #"{"ledger":"#.utf8) {
                return .ledger
            } else if line.first == UInt8(ascii: "{"), line.count > LedgerReader.lineLimit {
                // Results on one line; no ledger has one as long.
                return .results
            }
            throw Problem(
                "\(path):1: this is neither the results.json of a run nor the ledger of a proxy; name one that 'crisol run --output' or 'crisol proxy --ledger' wrote"
            )
        }
    }

    /// The results it holds.
    func results() throws(Problem) -> Results {
        let file = try open()
        defer { try? file.close() }
        var data = Data()
        while true {
            let piece = try piece(file, Self.pieceSize)
            guard !piece.isEmpty else { break }
            data += piece
            guard data.count <= ResultsFile.sizeLimit else {
                throw Problem("\(path) is larger than \(ResultsFile.sizeLimit >> 20) MiB")
            }
        }
        do { return try ResultsFile.decode(data) } catch { throw Problem("\(path): \(error)") }
    }

    /// Adds the ledger it holds.
    func read(into summary: inout LedgerSummary) throws(Problem) {
        let file = try open()
        defer { try? file.close() }
        var reader = LedgerReader()
        while true {
            let piece = try piece(file, Self.pieceSize)
            guard !piece.isEmpty else { break }
            reader.read([UInt8](piece)) { summary.add($1, file: path, number: $0) }
        }
        reader.finish { summary.add($1, file: path, number: $0) }
    }

    private func open() throws(Problem) -> FileHandle {
        do { return try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) } catch {
            throw Problem("\(path): \((error as NSError).localizedDescription)")
        }
    }

    private func piece(_ file: FileHandle, _ count: Int) throws(Problem) -> Data {
        do { return try file.read(upToCount: count) ?? Data() } catch {
            throw Problem("\(path): \((error as NSError).localizedDescription)")
        }
    }
}

import CRICatalog
import FaultProxy
import Foundation
import Outcome
import Report

/// A file that a report is to be drawn of, read once from its beginning to its end: it may be a pipe.
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
    /// What its content tells: results are one JSON document over many lines, a ledger is a JSON object a line.
    let kind: Kind
    /// When a ledger's first call ended, on the ledger's own clock; nil for results, and where its beginning has no call.
    let began: Double?
    private let file: FileHandle
    /// What was read to find that out.
    private let start: Data

    /// Opens it and looks at its beginning.
    init(_ path: String) throws(Problem) {
        self.path = path
        do { file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) } catch {
            throw Problem("\(path): \((error as NSError).localizedDescription)")
        }
        start = try Self.piece(file, LedgerReader.lineLimit + 1, path)
        guard !start.isEmpty, let kind = Self.kind(Array(start.prefix { $0 != UInt8(ascii: "\n") })) else {
            throw Problem(
                start.isEmpty
                    ? "\(path) is empty: it holds neither results nor a ledger"
                    : "\(path):1: this is neither the results.json of a run nor the ledger of a proxy; name one that 'crisol run --output' or 'crisol proxy --ledger' wrote"
            )
        }
        self.kind = kind
        began = kind == .ledger ? Self.firstTime(start) : nil
    }

    private static func kind(_ line: [UInt8]) -> Kind? {
        if let value = try? JSONValue.parse(line) {
            if LedgerReader.isLine(value) { return .ledger }
            return value["schema"] == nil ? nil : .results
        }
        if line.allSatisfy({ $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: " ") || $0 == 13 }) {
            return .results
        }
        if line.starts(with: #"{"t":"#.utf8) || line.starts(with: #"{"ledger":"#.utf8) { return .ledger }
        // Results on one line; no ledger has one as long.
        return line.first == UInt8(ascii: "{") && line.count > LedgerReader.lineLimit ? .results : nil
    }

    private static func firstTime(_ start: Data) -> Double? {
        var reader = LedgerReader()
        var times: [Double] = []
        reader.read([UInt8](start)) { _, line in
            if times.isEmpty, case .call(let call) = line { times.append(call.time) }
        }
        return times.first
    }

    /// The results it holds. To be asked once, as `read`.
    func results() throws(Problem) -> Results {
        var data = start
        while true {
            let piece = try piece()
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
        var reader = LedgerReader()
        var piece = start
        while !piece.isEmpty {
            reader.read([UInt8](piece)) { summary.add($1, file: path, number: $0) }
            piece = try self.piece()
        }
        reader.finish { summary.add($1, file: path, number: $0) }
    }

    private func piece() throws(Problem) -> Data { try Self.piece(file, Self.pieceSize, path) }

    private static func piece(_ file: FileHandle, _ count: Int, _ path: String) throws(Problem) -> Data {
        do { return try file.read(upToCount: count) ?? Data() } catch {
            throw Problem("\(path): \((error as NSError).localizedDescription)")
        }
    }
}

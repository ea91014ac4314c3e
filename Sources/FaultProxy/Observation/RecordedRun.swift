internal import CRICatalog
public import FaultModel
internal import Foundation

/// The run that a ledger tells of, the last one to begin: what was decided, and where its randomness started.
public struct RecordedRun: Sendable {
    /// What is wrong with a ledger, or with a plan beside it.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// With the file and the line.
        public let description: String
        init(_ description: String) { self.description = description }
    }

    /// A decision and where it stands.
    struct Entry: Sendable, Hashable {
        let rule: String
        let turn: Replay.Turn
        let fault: String
        let place: String
    }

    /// Longer lines are no ledger's, in bytes.
    static let lineLimit = 1 << 20
    /// So many decisions are kept at most.
    static let entryLimit = 4_000_000

    /// The seed of the run.
    public private(set) var seed: UInt64
    private(set) var entries: [Entry] = []
    private let began: Int64

    /// What the run is to hit again.
    public var replay: Replay {
        var replay = Replay()
        for entry in entries { replay.insert(entry.turn, rule: entry.rule) }
        return replay
    }

    /// What was decided under rules that are no longer the same: each line is a reason not to replay.
    public func differences(from rules: [FaultRule]) -> [String] {
        let byID = Dictionary(rules.map { ($0.id, $0) }) { $1 }
        var problems: [String] = []
        for rule in Set(entries.map(\.rule)).sorted() where byID[rule] == nil {
            let place = entries.first { $0.rule == rule }?.place ?? ""
            problems.append(
                "\(place): rule '\(rule)' is not in the plan\(Spelling.suggestion(for: rule, among: byID.keys))"
            )
        }
        for entry in entries {
            guard let rule = byID[entry.rule] else { continue }
            let fault = rule.action.fault(at: entry.turn.number)?.name ?? "nothing"
            guard fault != entry.fault else { continue }
            problems.append(
                "\(entry.place): rule '\(rule.id)' did \(entry.fault) to call \(entry.turn.number) and the plan has it do \(fault)"
            )
            // One is enough to see that the plan is another one.
            break
        }
        return problems
    }

    /// Reads a ledger, with those it was rotated into.
    ///
    /// - Throws: what is wrong, with the file and the line.
    public init(ledger path: String) throws(Problem) {
        var reading = Reading()
        for file in LedgerFiles.oldestFirst(path) { try Self.read(file, &reading) }
        guard let run = reading.run else {
            throw Problem("\(path): no line says where a run begins; only ledgers of 'crisol proxy' can be replayed")
        }
        self = run
    }

    private init(seed: UInt64, began: Int64) {
        self.seed = seed
        self.began = began
    }

    /// A ledger up to a line. While a proxy takes over, the lines of two runs stand in turns under their headers.
    private struct Reading {
        var run: RecordedRun?
        /// The run that `run` is.
        var name = ""
        /// The run of the lines that follow.
        var current = ""
    }

    private static func read(_ path: String, _ reading: inout Reading) throws(Problem) {
        guard let file = FileHandle(forReadingAtPath: path) else { throw Problem("\(path): it cannot be read") }
        defer { try? file.close() }
        var rest: [UInt8] = []
        var number = 0
        while let data = try? file.read(upToCount: 1 << 20), !data.isEmpty {
            rest += data
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 10) {
                number += 1
                try take(Array(rest[start..<end]), "\(path):\(number)", &reading)
                start = end + 1
            }
            rest.removeFirst(start)
            guard rest.count <= lineLimit else { throw Problem("\(path):\(number + 1): this is no line of a ledger") }
        }
        // A last line without its end is one that a crash cut off.
    }

    private static func take(_ line: [UInt8], _ place: String, _ reading: inout Reading) throws(Problem) {
        // Most lines tell of calls that nothing happened to.
        guard line.starts(with: #"{"ledger":"#.utf8) || line.contains(sequence: Array(#","decisions":["#.utf8)) else {
            return
        }
        let value: JSONValue
        do { value = try JSONValue.parse(line) } catch {
            throw Problem("\(place):\(error.column): \(error.message)")
        }
        if case .string(let schema)? = value["ledger"] {
            guard schema == LedgerHeader.schema, case .string(let digits)? = value["seed"], let seed = UInt64(digits)
            else {
                throw Problem("\(place): a ledger of kind '\(schema)' cannot be read; this is \(LedgerHeader.schema)")
            }
            reading.current = LedgerHeader.name(value)
            let began = Int64(LedgerHeader.digits(value["began"])) ?? 0
            if reading.current != reading.name, began >= reading.run?.began ?? .min {
                reading.run = RecordedRun(seed: seed, began: began)
                reading.name = reading.current
            }
            return
        }
        guard case .array(let decisions)? = value["decisions"] else { return }
        guard !reading.current.isEmpty else {
            throw Problem("\(place): decisions stand before the line that says where a run begins")
        }
        guard reading.current == reading.name else { return }
        for decision in decisions {
            guard case .string(let rule)? = decision["rule"], case .string(let key)? = decision["key"],
                case .string(let fault)? = decision["fault"], let number = Int(LedgerHeader.digits(decision["n"])),
                number > 0
            else { throw Problem("\(place): a decision has rule, key, n and fault") }
            guard reading.run?.entries.count ?? 0 < entryLimit else {
                throw Problem("\(place): more than \(entryLimit) decisions cannot be replayed")
            }
            let turn = Replay.Turn(bytes(key), number)
            reading.run?.entries.append(Entry(rule: bytes(rule), turn: turn, fault: fault, place: place))
        }
    }

    /// The ledger writes bytes, one escape each: what it wrote as `\u00c3\u00a9` is one letter.
    private static func bytes(_ text: String) -> String {
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate func contains(sequence: [UInt8]) -> Bool {
        guard count >= sequence.count, let first = sequence.first else { return false }
        return withUnsafeBufferPointer { all in
            var index = 0
            while index + sequence.count <= all.count {
                if all[index] == first, all[index..<(index + sequence.count)].elementsEqual(sequence) { return true }
                index += 1
            }
            return false
        }
    }
}

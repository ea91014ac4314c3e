public import CRICatalog
import Foundation

/// The log files of a container in the CRI's format: `TIME STREAM TAG TEXT`, one line each, tag `F` for the end of
/// what the process wrote as a line and `P` for a part of it (kubelet: pkg/kubelet/kuberuntime/logs). Lines in Docker's
/// format are read as well, as kubelet does: only what is about the format itself is to fail on Docker.
public struct ContainerLog: Sendable {
    /// The most that is read of all files together, in bytes.
    public static let defaultLimit = 64 << 20

    /// How a line was written.
    public enum Format: String, Sendable, CaseIterable {
        /// `TIME STREAM TAG TEXT`.
        case cri
        /// A JSON object with `log`, `stream` and `time`: Docker's `json-file` driver.
        case dockerJSON = "docker-json"
    }

    /// A line as the runtime wrote it.
    public struct Line: Sendable, Hashable {
        /// RFC 3339 with nanoseconds, as written.
        public let time: String
        /// The same moment in nanoseconds since 1970. The text does not sort: Go leaves trailing zeros out.
        public let nanoseconds: Int64
        /// `stdout` or `stderr`.
        public let stream: String
        /// `F` or `P`, perhaps with further tags after a colon.
        public let tag: String
        /// What stands behind the tag.
        public let text: [UInt8]
        /// The file it was read from.
        public let file: String
        /// From 1.
        public let number: Int
    }

    /// What the process wrote as one line: its parts joined.
    public struct LogRecord: Sendable, Hashable {
        /// The time of the first part, in nanoseconds since 1970.
        public let nanoseconds: Int64
        /// `stdout` or `stderr`.
        public let stream: String
        /// Its bytes, without the line feed.
        public let text: [UInt8]
        /// Whether the end of the line was never written.
        public let isCut: Bool
    }

    /// All lines that could be read, oldest file first.
    public private(set) var lines: [Line] = []
    /// The formats its lines have, each once, in the order of their first line.
    public private(set) var formats: [Format] = []
    /// Lines that are in no format kubelet knows, each with its file, number and what is wrong.
    public private(set) var malformed: [String] = []
    /// The files, oldest first; rotated ones end in a time stamp.
    public let files: [String]
    /// The agent's own first line, which is no output of the case.
    public private(set) var agentDescription: String?

    /// Reads a container's log.
    ///
    /// - Throws: `ProbeError` when there is no file at all.
    public static func read(
        path: String,
        root: HostRoot,
        limit: Int = defaultLimit
    ) throws(ProbeError) -> ContainerLog {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let name = String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
        let rotated = root.names(in: folder).filter { $0.hasPrefix(name + ".") }.map { "\(folder)/\($0)" }
        var log = ContainerLog(files: rotated + [path])
        var left = limit
        for file in log.files where !file.hasSuffix(".gz") {
            let bytes: [UInt8]
            do { bytes = try root.bytes(file, limit: left) } catch {
                if file == path, rotated.isEmpty { throw error }
                continue
            }
            left -= bytes.count
            log.parse(bytes, file: file)
            if left <= 0 { log.malformed.append("\(file): more than \(limit) bytes; the rest was not read") }
        }
        return log
    }

    init(files: [String]) { self.files = files }

    /// Takes the lines of one file in.
    mutating func parse(_ bytes: [UInt8], file: String) {
        var parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if parts.last?.isEmpty ?? false {
            parts.removeLast()
        } else if let last = parts.popLast() {
            // The runtime may be writing it this moment, so it is neither a line yet nor wrong.
            _ = last
        }
        for (index, part) in parts.enumerated() {
            let own = Self.line(part, file: file, number: index + 1)
            guard let line = own ?? Self.dockerLine(part, file: file, number: index + 1) else {
                malformed.append(
                    "\(file):\(index + 1): not TIME STREAM TAG TEXT: \(String(decoding: part.prefix(80), as: UTF8.self))"
                )
                continue
            }
            let format = own == nil ? Format.dockerJSON : .cri
            if !formats.contains(format) { formats.append(format) }
            if agentDescription == nil, line.stream == "stdout", line.text.starts(with: Self.agentPrefix) {
                agentDescription = String(decoding: line.text, as: UTF8.self)
            } else {
                lines.append(line)
            }
        }
    }

    private static let agentPrefix = Array("crisol-agent ".utf8)

    /// Reads one line of the CRI's format; `nil` when it is not one.
    public static func line(_ bytes: ArraySlice<UInt8>, file: String, number: Int) -> Line? {
        let fields = bytes.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 4 else { return nil }
        let words = fields.prefix(3).map { String(decoding: $0, as: UTF8.self) }
        let tag = words[2].prefix { $0 != ":" }
        guard ["stdout", "stderr"].contains(words[1]), tag == "F" || tag == "P",
            let nanoseconds = RFC3339.nanoseconds(words[0])
        else { return nil }
        return Line(
            time: words[0],
            nanoseconds: nanoseconds,
            stream: words[1],
            tag: words[2],
            text: Array(fields[3]),
            file: file,
            number: number
        )
    }

    /// Reads one line of Docker's own format, a JSON object with `log`, `stream` and `time`, which kubelet reads too
    /// (`parseDockerJSONLog` in k8s.io/cri-client); `nil` when it is not one. What has no line feed at its end is a part.
    static func dockerLine(_ bytes: ArraySlice<UInt8>, file: String, number: Int) -> Line? {
        guard bytes.first == UInt8(ascii: "{"), let value = try? JSONValue.parse(Array(bytes)),
            case .string(let text)? = value["log"], case .string(let stream)? = value["stream"],
            case .string(let time)? = value["time"], ["stdout", "stderr"].contains(stream),
            let nanoseconds = RFC3339.nanoseconds(time)
        else { return nil }
        let isWhole = text.utf8.last == UInt8(ascii: "\n")
        return Line(
            time: time,
            nanoseconds: nanoseconds,
            stream: stream,
            tag: isWhole ? "F" : "P",
            text: Array(isWhole ? text.utf8.dropLast() : text.utf8[...]),
            file: file,
            number: number
        )
    }

    /// The lines the process wrote: the parts of each stream joined to the one that ends them.
    public var records: [LogRecord] {
        var result: [LogRecord] = []
        var open: [String: (nanoseconds: Int64, text: [UInt8])] = [:]
        for line in lines {
            var current = open[line.stream] ?? (line.nanoseconds, [])
            current.text += line.text
            if line.tag.hasPrefix("P") {
                open[line.stream] = current
            } else {
                open[line.stream] = nil
                result.append(
                    LogRecord(nanoseconds: current.nanoseconds, stream: line.stream, text: current.text, isCut: false)
                )
            }
        }
        for (stream, rest) in open.sorted(by: { $0.key < $1.key }) {
            result.append(LogRecord(nanoseconds: rest.nanoseconds, stream: stream, text: rest.text, isCut: true))
        }
        return result
    }

    /// The log as a value for suites: `lines`, `records`, `files`, `formats`, `malformed`.
    public var record: Record {
        func item(_ type: String, _ fields: [String: Value]) -> Value { .record(Record(type: type, fields: fields)) }
        return Record(
            type: "log",
            fields: [
                "lines": .list(
                    lines.map {
                        item(
                            "log line",
                            [
                                "time": .integer(Int128($0.nanoseconds)), "stream": .text($0.stream),
                                "tag": .text($0.tag),
                                "text": .bytes($0.text),
                            ]
                        )
                    }
                ),
                "records": .list(
                    records.map {
                        item(
                            "log record",
                            [
                                "time": .integer(Int128($0.nanoseconds)), "stream": .text($0.stream),
                                "text": .bytes($0.text),
                            ]
                        )
                    }
                ),
                "files": .list(files.map { .text($0) }), "formats": .list(formats.map { .text($0.rawValue) }),
                "malformed": .list(malformed.map { .text($0) }),
            ]
        )
    }
}

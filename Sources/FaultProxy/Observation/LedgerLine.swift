internal import FaultModel
internal import NIOCore

/// One call as a line of JSON: what was matched, what was decided, was it executed, was it answered.
enum LedgerLine {
    /// Longer paths are cut: a hostile one must not fill the disk.
    private static let pathLimit = 256

    /// Writes the line.
    ///
    /// - Parameter wall: the time of day at which the call ended, in nanoseconds since 1970.
    static func write(_ record: CallRecord, wall: UInt64, into buffer: inout ByteBuffer) {
        // Number by number: this is done for every call, and texts put together are garbage a moment later.
        begin(wall, into: &buffer)
        buffer.writeStaticString(",\"connection\":")
        write(UInt64(max(0, record.connection)), into: &buffer)
        buffer.writeStaticString(",\"stream\":")
        write(UInt64(record.stream), into: &buffer)
        buffer.writeStaticString(",\"path\":")
        write(record.path.prefix(pathLimit), into: &buffer)
        buffer.writeStaticString(",\"us\":")
        write((record.ended &- record.began) / 1_000, into: &buffer)
        buffer.writeStaticString(",\"executed\":\"")
        buffer.writeString(record.execution.rawValue)
        buffer.writeStaticString("\",\"answer\":")
        write(record.ending, into: &buffer)
        if let runtime = record.runtime {
            buffer.writeStaticString(",\"runtime\":{\"answer\":")
            write(runtime.ending, into: &buffer)
            buffer.writeStaticString(",\"us\":")
            write(runtime.time / 1_000, into: &buffer)
            buffer.writeStaticString("}")
        }
        if !record.decisions.isEmpty { write(record.decisions, into: &buffer) }
        if let note = record.note { buffer.writeString(",\"note\":\"\(note.rawValue)\"") }
        if record.dropped > 0 { buffer.writeString(",\"dropped\":\(record.dropped)") }
        buffer.writeStaticString("}\n")
    }

    /// Writes what became of a connection of a session that a rule stood in.
    static func write(_ record: SessionRecord, wall: UInt64, into buffer: inout ByteBuffer) {
        begin(wall, into: &buffer)
        buffer.writeStaticString(",\"session\":{\"rule\":")
        write(record.decision.rule.utf8, into: &buffer)
        buffer.writeStaticString(",\"key\":")
        write(record.decision.key.description.utf8, into: &buffer)
        buffer.writeString(",\"n\":\(record.decision.number),\"struck\":\(record.hasStruck)")
        buffer.writeString(",\"request\":\(record.request),\"response\":\(record.response)}}\n")
    }

    /// Writes what rules about connections did to one.
    static func write(_ decisions: [Decision], connection: Int, wall: UInt64, into buffer: inout ByteBuffer) {
        begin(wall, into: &buffer)
        buffer.writeString(",\"connection\":\(connection)")
        write(decisions, into: &buffer)
        buffer.writeStaticString("}\n")
    }

    private static func begin(_ wall: UInt64, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"t\":")
        write(wall / 1_000_000, into: &buffer)
        buffer.writeStaticString(".")
        write(wall / 1_000 % 1_000, digits: 3, into: &buffer)
    }

    private static func write(_ ending: CallRecord.Ending, into buffer: inout ByteBuffer) {
        switch ending {
        case .answered(let status?) where status >= 0: write(UInt64(status), into: &buffer)
        case .answered(let status?): buffer.writeString("\(status)")
        case .answered(nil): buffer.writeString("\"no-status\"")
        case .clientReset(let code): buffer.writeString("\"client-reset-\(code)\"")
        case .runtimeReset(let code): buffer.writeString("\"reset-\(code)\"")
        case .lost: buffer.writeString("\"lost\"")
        }
    }

    private static func write(_ decisions: [Decision], into buffer: inout ByteBuffer) {
        buffer.writeString(",\"decisions\":[")
        for (index, decision) in decisions.enumerated() {
            buffer.writeString(index == 0 ? "{\"rule\":" : ",{\"rule\":")
            write(decision.rule.utf8, into: &buffer)
            buffer.writeString(",\"key\":")
            write(decision.key.description.utf8, into: &buffer)
            buffer.writeString(",\"n\":\(decision.number),\"fault\":\"\(decision.fault.name)\"")
            buffer.writeString(decision.isDryRun ? ",\"dry\":true}" : "}")
        }
        buffer.writeString("]")
    }

    /// A JSON string of any bytes: what is no printable ASCII is escaped, so invalid UTF-8 harms nobody.
    private static func write(_ bytes: some Collection<UInt8>, into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: "\""))
        if bytes.allSatisfy(isPlain) {
            buffer.writeBytes(bytes)
        } else {
            for byte in bytes { writeEscaped(byte, into: &buffer) }
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func writeEscaped(_ byte: UInt8, into buffer: inout ByteBuffer) {
        if isPlain(byte) {
            buffer.writeInteger(byte)
        } else if (0x20...0x7e).contains(byte) {
            buffer.writeInteger(UInt8(ascii: "\\"))
            buffer.writeInteger(byte)
        } else {
            buffer.writeStaticString("\\u00")
            for digit in [byte >> 4, byte & 15] {
                buffer.writeInteger(digit < 10 ? 0x30 + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }

    /// A number in decimal, with at least so many digits.
    private static func write(_ number: UInt64, digits: Int = 1, into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { bytes in
            var count = digits
            var rest = number
            for _ in 1..<digits { rest /= 10 }
            while rest >= 10 {
                rest /= 10
                count += 1
            }
            rest = number
            for place in stride(from: count - 1, through: 0, by: -1) {
                bytes[place] = 0x30 + UInt8(rest % 10)
                rest /= 10
            }
            return count
        }
    }
}

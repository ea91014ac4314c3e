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
        buffer.writeString("{\"t\":\(wall / 1_000_000).\(padded(wall / 1_000 % 1_000)),\"connection\":")
        buffer.writeString("\(record.connection),\"stream\":\(record.stream),\"path\":")
        write(record.path.prefix(pathLimit), into: &buffer)
        let microseconds = (record.ended &- record.began) / 1_000
        buffer.writeString(",\"us\":\(microseconds),\"executed\":\"\(record.execution.rawValue)\",\"answer\":")
        write(record.ending, into: &buffer)
        if let runtime = record.runtime {
            buffer.writeString(",\"runtime\":{\"answer\":")
            write(runtime.ending, into: &buffer)
            buffer.writeString(",\"us\":\(runtime.time / 1_000)}")
        }
        if !record.decisions.isEmpty { write(record.decisions, into: &buffer) }
        if let note = record.note { buffer.writeString(",\"note\":\"\(note.rawValue)\"") }
        buffer.writeString("}\n")
    }

    private static func write(_ ending: CallRecord.Ending, into buffer: inout ByteBuffer) {
        switch ending {
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
    private static func write(_ bytes: some Sequence<UInt8>, into buffer: inout ByteBuffer) {
        let digits = Array("0123456789abcdef".utf8)
        buffer.writeInteger(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                buffer.writeInteger(UInt8(ascii: "\\"))
                buffer.writeInteger(byte)
            case 0x20...0x7e: buffer.writeInteger(byte)
            default:
                buffer.writeString("\\u00")
                buffer.writeInteger(digits[Int(byte >> 4)])
                buffer.writeInteger(digits[Int(byte & 15)])
            }
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private static func padded(_ number: UInt64) -> String {
        number < 10 ? "00\(number)" : (number < 100 ? "0\(number)" : "\(number)")
    }
}

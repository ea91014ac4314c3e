import NIOCore

/// Writes a tar archive that is the same for the same entries, byte for byte.
///
/// Own code because it is small and must be reproducible: header fields beyond name, mode, owner, size and type are
/// constants, and a pax record is written only for what a plain header cannot hold.
struct TarWriter {
    private var buffer: ByteBuffer
    private let modificationTime: Int

    /// Room for a header, a pax header with its records, and padding.
    static let overheadPerEntry = 2048

    /// Starts an archive.
    ///
    /// - Parameters:
    ///   - modificationTime: The time of every entry, in seconds since 1970.
    ///   - capacity: The bytes to set aside at once.
    init(modificationTime: Int, capacity: Int) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
        self.modificationTime = modificationTime
    }

    /// Adds an entry.
    mutating func append(_ entry: TarEntry) {
        var header = TarHeader(name: Array(entry.path.utf8), kind: .file, modificationTime: modificationTime)
        header.mode = entry.mode
        header.user = entry.user
        header.group = entry.group
        switch entry.kind {
        case .file: header.contentSize = entry.size
        case .directory:
            header.kind = .directory
            header.name.append(UInt8(ascii: "/"))
        case .symbolicLink(let target):
            header.kind = .symbolicLink
            header.linkTarget = Array(target.utf8)
        }
        appendExtendedHeader(for: header)
        buffer.writeBytes(header.bytes)
        if case .file(let content) = entry.kind {
            switch content {
            case .bytes(let bytes): buffer.writeBytes(bytes)
            case .filler(let filler): filler.write(into: &buffer)
            }
            pad()
        }
    }

    /// Ends the archive with its two empty blocks.
    consuming func finish() -> ByteBuffer {
        buffer.writeRepeatingByte(0, count: 2 * TarHeader.size)
        return buffer
    }

    private mutating func appendExtendedHeader(for header: TarHeader) {
        var records: [UInt8] = []
        // A ustar name is a sequence of bytes of no stated encoding; a pax record is UTF-8.
        if TarHeader.split(header.name) == nil || !Self.isASCII(header.name) {
            records += Self.record("path", header.name)
        }
        if header.linkTarget.count > TarHeader.nameLength || !Self.isASCII(header.linkTarget) {
            records += Self.record("linkpath", header.linkTarget)
        }
        if header.user > TarHeader.maximumID { records += Self.record("uid", Array(String(header.user).utf8)) }
        if header.group > TarHeader.maximumID { records += Self.record("gid", Array(String(header.group).utf8)) }
        guard !records.isEmpty else { return }
        var extended = TarHeader(
            name: Array("././@PaxHeader".utf8),
            kind: .extended,
            modificationTime: modificationTime
        )
        extended.contentSize = records.count
        buffer.writeBytes(extended.bytes)
        buffer.writeBytes(records)
        pad()
    }

    private mutating func pad() {
        let excess = buffer.readableBytes % TarHeader.size
        if excess > 0 { buffer.writeRepeatingByte(0, count: TarHeader.size - excess) }
    }

    /// `LENGTH key=value\n`, where the length counts its own digits.
    static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = rest.count
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        return Array(String(length).utf8) + rest
    }

    private static func isASCII(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 < 0x80 } }
}

import NIOCore

extension RegistryBody {
    /// As many bytes as the blob has, with another digest, that a reader who does not look at the digest can use.
    init(corrupting blob: Blob) {
        switch blob.mediaType {
        case .manifest, .index, .configuration, .dockerManifest, .dockerManifestList, .dockerConfiguration:
            if let reordered = Self.reordered(blob.content) {
                self.init(reordered)
            } else {
                self.init(blob.content, change: Self.middle(of: blob))
            }
        // RFC 1952 section 2.3: bytes 4 to 7 are a time, which is ours to choose.
        case .layerGzip, .dockerLayerGzip: self.init(blob.content, change: Change(offset: 4, mask: 1))
        // RFC 8878 section 3.1.1.1.1.3: a bit of the frame header that decoders shall not interpret.
        case .layerZstd, .dockerLayerZstd: self.init(blob.content, change: Change(offset: 4, mask: 0x10))
        case .layer, .dockerLayer: self.init(blob.content, change: Self.middle(of: blob))
        }
    }

    /// Most of a tar is the content of its largest file, the agent or filler.
    private static func middle(of blob: Blob) -> Change { Change(offset: blob.size / 2, mask: 1) }

    /// A JSON object with its last field first; `nil` when it has fewer than two. Only for documents written here: no
    /// space between their parts.
    private static func reordered(_ object: ByteBuffer) -> ByteBuffer? {
        let bytes = object.readableBytesView
        var (depth, inText, escaped) = (0, false, false)
        var lastComma: Int?
        for (index, byte) in zip(bytes.indices, bytes) {
            if inText {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ",") where depth == 1: lastComma = index
            default: break
            }
        }
        guard let lastComma, depth == 0, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else {
            return nil
        }
        var result = ByteBufferAllocator().buffer(capacity: bytes.count)
        result.writeString("{")
        result.writeBytes(bytes[(lastComma + 1)..<(bytes.endIndex - 1)])
        result.writeString(",")
        result.writeBytes(bytes[(bytes.startIndex + 1)..<lastComma])
        result.writeString("}")
        return result
    }
}

extension WireEditor {
    /// What becomes of one item of a list.
    public enum ItemChange: Sendable, Hashable {
        /// It stays as it is.
        case keep
        /// It goes.
        case remove
        /// Its payload becomes this: an encoded message, or the bytes of a string.
        case replace([UInt8])
        /// It stands there this many times in all.
        case `repeat`(Int)
    }

    /// The message with each item of a list of messages, strings or bytes changed as `change` says; `nil` when
    /// nothing changed, or when the path leads nowhere in these bytes or to no such list.
    ///
    /// One pass over the message however many items change: a list answer may have thousands of them.
    /// - Parameter change: gets an item's place, from 0, and its payload.
    /// - Throws: `WireError` when the bytes on the way are not the messages they should be, and what `change` throws.
    public func changeItems(
        at path: WirePath,
        in bytes: [UInt8],
        _ change: (Int, [UInt8]) throws(WireError) -> ItemChange
    ) throws(WireError) -> [UInt8]? {
        guard let field = path.steps.last?.field, path.steps.last?.item == nil, field.isRepeated,
            !field.type.isPackable
        else { return nil }
        return try rewrite(bytes, 0..<bytes.count, path.steps[...], makesParents: false) {
            (site) throws(WireError) in
            var splices: [Splice] = []
            for (index, record) in site.records.enumerated() {
                switch try change(index, Array(site.bytes[record.payload])) {
                case .keep, .repeat(1): break
                case .remove: splices.append(Splice(range: record.range, bytes: []))
                case .replace(let payload): splices.append(site.reframe(record, payload))
                case .repeat(let times):
                    let item = Array(site.bytes[record.range])
                    let copies = Array(repeatElement(item, count: max(0, times)).joined())
                    splices.append(Splice(range: record.range, bytes: copies))
                }
            }
            return splices.isEmpty ? nil : splices
        }
    }

    /// How many items a list of messages, strings or bytes has; `nil` when the path leads to no such list.
    ///
    /// - Throws: `WireError` when the bytes on the way are not the messages they should be.
    public func countItems(at path: WirePath, in bytes: [UInt8]) throws(WireError) -> Int? {
        guard let field = path.steps.last?.field, field.isRepeated, !field.type.isPackable else { return nil }
        var count = 0
        _ = try changeItems(at: path, in: bytes) { (index, _) throws(WireError) in
            count = index + 1
            return .keep
        }
        return count
    }
}

internal import CRICatalog

/// What is done with one field that is no item of a list.
extension MutationRun {
    func changeField(
        at path: WirePath,
        _ field: FieldDescriptor?,
        _ bytes: [UInt8],
        room: inout Int
    ) throws(WireError) -> [UInt8]? {
        guard let field else { return nil }
        switch operation {
        case .set(let value):
            guard let value = fitted(value, to: field.type, list: field.isRepeated) else { return nil }
            return try changed(bytes, to: editor.apply(.set(value), at: path, to: bytes))
        case .clear, .drop: return try editor.apply(.clear, at: path, to: bytes)
        case .add(let value) where field.isRepeated && path.steps.last?.item == nil:
            guard let value = fitted(value, to: field.type, list: false) else { return nil }
            return try editor.apply(.append(value), at: path, to: bytes)
        case .add(let value):
            return try changeNumber(at: path, field.type, bytes) { number in
                guard let delta = value.integer else { return nil }
                let (sum, overflows) = number.addingReportingOverflow(delta)
                return overflows ? (delta < 0 ? .min : .max) : sum
            } double: { double in
                if case .double(let delta) = value { return double + delta }
                return value.integer.map { double + Double($0) }
            }
        case .scale(let factor):
            return try changeNumber(at: path, field.type, bytes) { number in
                let product = Double(number) * factor
                guard product.isFinite else { return nil }
                // Beyond 64 bits only the sign matters: the range of the field's type cuts it off.
                return abs(product) < 0x1p100 ? Int128(product) : (product < 0 ? .min : .max)
            } double: {
                $0 * factor
            }
        case .repeat(let times):
            var result: [UInt8]?
            for _ in 0..<min(max(0, times - 1), 64) {
                result = try editor.apply(.duplicate, at: path, to: result ?? bytes)
            }
            return result
        case .pad(let count):
            let padded = try pad(at: path, field, bytes, min(count, room))
            if let padded { room -= min(room, padded.count - bytes.count) }
            return padded
        case .filter, .swap: return nil
        }
    }

    private func pad(
        at path: WirePath,
        _ field: FieldDescriptor,
        _ bytes: [UInt8],
        _ count: Int
    ) throws(WireError) -> [UInt8]? {
        switch (field.type, try editor.read(path, in: bytes)) {
        case (.string, .text(let text)):
            let padding = String(decoding: filler(count), as: UTF8.self)
            return try editor.apply(.set(.text(text + padding)), at: path, to: bytes)
        case (.bytes, .bytes(let old)): return try editor.apply(.set(.bytes(old + filler(count))), at: path, to: bytes)
        default: return nil
        }
    }

    private func changeNumber(
        at path: WirePath,
        _ type: FieldType,
        _ bytes: [UInt8],
        integer: (Int128) -> Int128?,
        double: (Double) -> Double?
    ) throws(WireError) -> [UInt8]? {
        let new: Value?
        switch try editor.read(path, in: bytes) {
        case .integer(let number): new = integer(number).map { .integer(Self.range(of: type).clamp($0)) }
        case .double(let number): new = double(number).map { .double($0) }
        default: new = nil
        }
        guard let new else { return nil }
        return try changed(bytes, to: editor.apply(.set(new), at: path, to: bytes))
    }

    /// Both values in each other's place; two items of one list without taking them apart.
    func swap(_ pattern: FieldPattern, _ partner: WirePath, _ bytes: [UInt8]) throws(WireError) -> [UInt8]? {
        guard let own = try? WirePath(pattern.description, in: message, catalog: catalog) else { return nil }
        if let list = itemsOfOneList(own, partner) { return try swapItems(list, bytes) }
        guard let first = try editor.read(own, in: bytes), let second = try editor.read(partner, in: bytes),
            first != second, let half = try editor.apply(.set(second), at: own, to: bytes)
        else { return nil }
        return try editor.apply(.set(first), at: partner, to: half)
    }

    private func itemsOfOneList(_ left: WirePath, _ right: WirePath) -> (path: WirePath, Int, Int)? {
        guard left.steps.dropLast() == right.steps.dropLast(), left.steps.last?.field == right.steps.last?.field,
            case .index(let first)? = left.steps.last?.item, case .index(let second)? = right.steps.last?.item,
            let open = left.description.lastIndex(of: "["),
            let list = try? WirePath(String(left.description[..<open]), in: message, catalog: catalog)
        else { return nil }
        return (list, first, second)
    }

    private func swapItems(_ list: (path: WirePath, Int, Int), _ bytes: [UInt8]) throws(WireError) -> [UInt8]? {
        let count = try editor.countItems(at: list.path, in: bytes) ?? 0
        let first = list.1 < 0 ? count + list.1 : list.1
        let second = list.2 < 0 ? count + list.2 : list.2
        guard first != second, (0..<count).contains(first), (0..<count).contains(second) else { return nil }
        var payloads: [Int: [UInt8]] = [:]
        _ = try editor.changeItems(at: list.path, in: bytes) { (index, item) throws(WireError) in
            if index == first || index == second { payloads[index] = item }
            return .keep
        }
        guard let one = payloads[first], let other = payloads[second] else { return nil }
        return try editor.changeItems(at: list.path, in: bytes) { (index, _) throws(WireError) in
            index == first ? .replace(other) : (index == second ? .replace(one) : .keep)
        }
    }

    /// `nil` for a change that made no difference, so that the ledger does not claim one.
    private func changed(_ old: [UInt8], to new: [UInt8]?) -> [UInt8]? { new == old ? nil : new }
}

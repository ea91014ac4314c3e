import ArgumentParser

/// A number of bytes as people write it: `64M`, `1GiB`, `65536`.
struct ByteSize: ExpressibleByArgument, Hashable, CustomStringConvertible {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        var unit = argument.dropFirst(digits.count).lowercased()
        for end in ["ib", "b"] where unit.hasSuffix(end) { unit.removeLast(end.count) }
        let shifts = ["": 0, "k": 10, "m": 20, "g": 30]
        guard let number = Int(digits), let shift = shifts[unit], (1...((1 << 40) >> shift)).contains(number) else {
            return nil
        }
        bytes = number << shift
    }

    var description: String { bytes % (1 << 20) == 0 ? "\(bytes >> 20)M" : "\(bytes)" }
    var defaultValueDescription: String { description }
}

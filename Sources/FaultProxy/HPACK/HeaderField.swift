/// One header as HTTP/2 carries it: names and values are bytes, not text (relay-contract 14).
struct HeaderField: Equatable, Sendable {
    var name: [UInt8]
    var value: [UInt8]
    /// The sender asked that no relay puts it into a compression table (RFC 7541 section 7.1.3).
    var isNeverIndexed = false

    init(_ name: [UInt8], _ value: [UInt8], isNeverIndexed: Bool = false) {
        self.name = name
        self.value = value
        self.isNeverIndexed = isNeverIndexed
    }

    init(_ name: String, _ value: String) {
        self.init(Array(name.utf8), Array(value.utf8))
    }

    /// What it counts for in a table or a list (RFC 7541 section 4.1).
    var size: Int { name.count + value.count + 32 }
}

/// A decoded header block.
typealias HeaderList = [HeaderField]

extension HeaderList {
    /// The first value of a name.
    func first(_ name: String) -> [UInt8]? {
        var name = name
        return name.withUTF8 { name in
            first { field in
                field.name.count == name.count && field.name.withUnsafeBytes { $0.elementsEqual(name) }
            }?.value
        }
    }

    /// The first value of a name as text; what is not UTF-8 in it is replaced, for display and matching only.
    func text(_ name: String) -> String? { first(name).map { String(decoding: $0, as: UTF8.self) } }

    /// Gives the name this value, once; `nil` removes it.
    mutating func set(_ name: String, _ value: String?) {
        let isSame: (HeaderField) -> Bool = { $0.name.elementsEqual(name.utf8) }
        guard let value else {
            removeAll(where: isSame)
            return
        }
        if let index = firstIndex(where: isSame) {
            self[index].value = [UInt8](value.utf8)
        } else {
            append(HeaderField(name, value))
        }
    }
}

import CAgent

/// Text as bytes: comparing and hashing `String` would pull Unicode tables into the binary.
typealias Text = [UInt8]

func text(_ literal: StaticString) -> Text {
    Array(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
}

func text(_ number: Int) -> Text {
    if number == 0 { return [48] }
    var rest = number.magnitude
    var digits: Text = []
    while rest > 0 {
        digits.append(UInt8(48 + rest % 10))
        rest /= 10
    }
    if number < 0 { digits.append(45) }
    digits.reverse()
    return digits
}

func text(_ pointer: UnsafePointer<CChar>?) -> Text {
    guard let pointer else { return [] }
    var result: Text = []
    var index = 0
    while pointer[index] != 0 {
        result.append(UInt8(bitPattern: pointer[index]))
        index += 1
    }
    return result
}

func equals(_ bytes: Text, _ literal: StaticString) -> Bool {
    starts(bytes, literal) && bytes.count == literal.utf8CodeUnitCount
}

func starts(_ bytes: Text, _ literal: StaticString) -> Bool {
    guard bytes.count >= literal.utf8CodeUnitCount else { return false }
    for index in 0..<literal.utf8CodeUnitCount where bytes[index] != literal.utf8Start[index] { return false }
    return true
}

/// Calls with the text as a C string.
func withC<Result>(_ bytes: Text, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let copy = bytes.map { CChar(bitPattern: $0) } + [0]
    return body(copy)
}

/// A decimal number; `nil` when it is none.
func number(_ bytes: Text) -> Int? {
    var value = 0
    guard !bytes.isEmpty, bytes.count < 19 else { return nil }
    for byte in bytes {
        guard byte >= 48, byte <= 57 else { return nil }
        value = value * 10 + Int(byte - 48)
    }
    return value
}

/// `300s`, `80ms`, `5m` in milliseconds.
func milliseconds(_ bytes: Text) -> Int? {
    var count = 0
    while count < bytes.count, bytes[count] >= 48, bytes[count] <= 57 { count += 1 }
    guard let value = number(Array(bytes[..<count])) else { return nil }
    let unit = Array(bytes[count...])
    var scale = 0
    if equals(unit, "ms") { scale = 1 }
    if equals(unit, "s") { scale = 1000 }
    if equals(unit, "m") { scale = 60_000 }
    if equals(unit, "h") { scale = 3_600_000 }
    // More than anybody waits for would not fit into the nanoseconds of the clock.
    guard scale > 0, value <= longest / scale else { return nil }
    return value * scale
}

/// A year, in milliseconds.
private let longest = 366 * 24 * 3_600_000

/// A TCP or UDP port; `nil` when it is none.
func portNumber(_ bytes: Text) -> Int? {
    guard let port = number(bytes), port > 0, port < 65536 else { return nil }
    return port
}

/// `4KiB`, `256MiB`, `12` in bytes.
func size(_ bytes: Text) -> Int? {
    var count = 0
    while count < bytes.count, bytes[count] >= 48, bytes[count] <= 57 { count += 1 }
    guard let value = number(Array(bytes[..<count])) else { return nil }
    let unit = Array(bytes[count...])
    if unit.isEmpty || equals(unit, "B") { return value }
    if equals(unit, "KiB") { return value << 10 }
    if equals(unit, "MiB") { return value << 20 }
    if equals(unit, "GiB") { return value << 30 }
    return nil
}

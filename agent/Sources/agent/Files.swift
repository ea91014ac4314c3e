import CAgent

/// Writes all of it; ends the process when nobody reads any more.
func put(_ bytes: Text, to descriptor: Int32) {
    var done = 0
    bytes.withUnsafeBufferPointer { buffer in
        while done < buffer.count {
            let rest = UnsafeBufferPointer(rebasing: buffer[done...])
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if cagent_errno() == EINTR { continue }
                exit(74)
            }
            done += count
        }
    }
}

/// The bytes of a file, or `nil` with the error number left for `cagent_errno`.
func contents(_ path: Text, limit: Int = 1 << 20) -> Text? {
    let descriptor = withC(path) { cagent_open($0, O_RDONLY | O_CLOEXEC, 0) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var result: Text = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while result.count < limit {
        let count = buffer.withUnsafeMutableBufferPointer { read(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { return nil }
        if count == 0 { break }
        result += buffer[..<count]
    }
    return result
}

/// Writes a file under another name first, so that a reader sees all of it or nothing.
func replace(_ path: Text, with bytes: Text) -> Bool {
    let temporary = path + text(".tmp")
    let descriptor = withC(temporary) { cagent_open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { return false }
    put(bytes, to: descriptor)
    close(descriptor)
    return withC(temporary) { old in withC(path) { rename(old, $0) } } == 0
}

/// The pieces between separators.
func split(_ bytes: Text, _ separator: UInt8) -> [Text] {
    var parts: [Text] = []
    var current: Text = []
    for byte in bytes {
        if byte == separator {
            parts.append(current)
            current = []
        } else {
            current.append(byte)
        }
    }
    if !current.isEmpty { parts.append(current) }
    return parts
}

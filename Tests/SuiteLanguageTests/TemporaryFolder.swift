import Foundation

/// A folder of a test's own.
struct TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    /// A file of the size that takes no room.
    func writeSparse(_ name: String, size: UInt64) throws {
        try write(name, "")
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/\(name)"))
        try handle.truncate(atOffset: size)
        try handle.close()
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

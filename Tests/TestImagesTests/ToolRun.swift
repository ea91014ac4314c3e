import Foundation

/// A program run to its end. Input and output are files, so that neither side waits for the other.
struct ToolRun {
    let status: Int32
    let output: [UInt8]
    let errors: String

    init(_ program: String, _ arguments: [String], input: [UInt8] = []) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = try ["input", "output", "errors"].map { name in
            let file = folder.appendingPathComponent(name)
            try Data(name == "input" ? input : []).write(to: file)
            return try FileHandle(forUpdating: file)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        (process.standardInput, process.standardOutput, process.standardError) = (files[0], files[1], files[2])
        status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        output = Array(try Data(contentsOf: folder.appendingPathComponent("output")))
        errors = String(decoding: try Data(contentsOf: folder.appendingPathComponent("errors")), as: UTF8.self)
    }

    var text: String { String(decoding: output, as: UTF8.self) }
}

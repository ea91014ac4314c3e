import CEmbedded
import SuiteLanguage

/// The files that are part of the program, under the paths the repository has them at.
enum EmbeddedFiles {
    /// The agent's path.
    static let agent = "agent"

    /// The names that begin so, in order.
    static func names(below prefix: String) -> [String] {
        (0..<crisol_embedded_count()).compactMap { index in
            crisol_embedded_name(index).map { String(cString: $0) }
        }.filter { $0.hasPrefix(prefix) }
    }

    /// The bytes of a file; `nil` when this program was built without it.
    static func bytes(_ name: String) -> [UInt8]? {
        for index in 0..<crisol_embedded_count() {
            guard let found = crisol_embedded_name(index), String(cString: found) == name else { continue }
            var count = 0
            guard let bytes = crisol_embedded_bytes(index, &count) else { return nil }
            return Array(UnsafeBufferPointer(start: bytes, count: count))
        }
        return nil
    }

    /// A file as text.
    static func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }
}

internal import Foundation

/// The files of one ledger.
public enum LedgerFiles {
    /// A ledger's path and before it, oldest first, the paths of those it was rotated into: `ledger.2`, `ledger.1`,
    /// `ledger`. A gap ends them, for what is behind it is of another ledger.
    public static func oldestFirst(_ path: String) -> [String] {
        let rotated = (1...1000).prefix { FileManager.default.fileExists(atPath: "\(path).\($0)") }
        return rotated.reversed().map { "\(path).\($0)" } + [path]
    }
}

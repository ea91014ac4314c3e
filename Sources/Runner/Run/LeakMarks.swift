import HostProbe
import Synchronization

/// By what the leaks that cases were found to have can be told again, so that the proof at the end of a run names only
/// what no case answers for.
final class LeakMarks: Sendable {
    private let marks = Mutex<Set<String>>([])

    /// A case left something behind.
    ///
    /// - Parameters:
    ///   - leaks: the sentences of its leak proof.
    ///   - ids: of the sandboxes and containers it made.
    func add(_ leaks: [String], ids: [String], root: HostRoot) {
        // Every sentence about a process begins alike, here and in the proof of the whole node.
        let pids = leaks.compactMap { $0.prefixMatch(of: #/process (\d+) /#).flatMap { Int32($0.1) } }
        let belongings = Belongings(of: pids, root: root)
        let words = belongings.pids.map { "process \($0) " } + belongings.sockets.map { "file \($0)" }
        // A namespace that is still mounted is there as a mount and as the file that it is mounted on.
        let mounts = leaks.compactMap { $0.prefixMatch(of: #/mount (\S+) \(/#).map { String($0.1) } }
        let places = mounts.flatMap { ["mount \($0) ", "file \($0)"] }
        let rules = leaks.filter { $0.hasPrefix("netfilter ") }
        marks.withLock { $0.formUnion(words + places + rules + ids.filter { !$0.isEmpty }) }
    }

    /// Whether something on the node is of a leak that a case answers for.
    func cover(_ item: String) -> Bool { marks.withLock { marks in marks.contains { item.contains($0) } } }
}

import FaultProxy
import Foundation

/// The file that is a kill switch: while it is there, no rule is in force and none can be armed.
///
/// It is looked for, not subscribed to: that works in folders that are made later and on every file system, and one
/// look five times a second costs nothing.
struct KillFile: Sendable {
    let path: String
    let board: RuleBoard

    /// Looks once, and acts on what has changed.
    func look() {
        // A link that leads nowhere is there, too.
        let isThere = (try? FileManager.default.attributesOfItem(atPath: path)) != nil
        guard isThere != (board.holder != nil) else { return }
        if isThere {
            board.hold(by: "the kill file \(path) is there")
            board.kill(by: "the kill file \(path)")
            Console.line("crisol proxy: \(path) is there: no rule is in force any more")
        } else {
            board.hold(by: nil)
            Console.line("crisol proxy: \(path) is gone: rules can be armed again")
        }
    }

    /// Looks until it is cancelled.
    func watch() async {
        while !Task.isCancelled {
            look()
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}

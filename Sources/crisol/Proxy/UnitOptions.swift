import ArgumentParser
import FaultProxy
import Foundation

/// The words behind `--` of an installation: they end up in a unit, and a proxy that does not start for one of them
/// would leave kubelet without a runtime at the next boot.
struct UnitOptions {
    /// What the units say themselves.
    private static let own = ["--listen", "--upstream", "--replace"]

    let words: [String]
    /// The folder that stands for `/` of the node.
    let root: String

    /// Reads them as the proxy will.
    ///
    /// - Throws: `ValidationError` for words the proxy would refuse, and for a plan it could not read.
    func check() throws {
        for word in words {
            guard !word.contains(where: \.isNewline) else {
                throw ValidationError("an option of a unit has no line's end in it")
            }
            let name = word.prefix { $0 != "=" }
            guard !Self.own.contains(String(name)) else {
                throw ValidationError("\(name) is what the units themselves say: leave it out behind --")
            }
        }
        var command: ProxyCommand
        do { command = try ProxyCommand.parse(["--upstream", "unix:///runtime"] + words) } catch {
            throw ValidationError("behind --: \(ProxyCommand.message(for: error))")
        }
        let paths = [
            ("--plan", command.plan), ("--ledger", command.ledger), ("--replay", command.replay),
            ("--kill-file", command.killFile),
        ]
        for case (let option, let path?) in paths where !path.hasPrefix("/") {
            throw ValidationError("\(option) \(path): a unit has no folder of its own; give the whole path")
        }
        if let ledger = command.ledger {
            // The proxy makes the folder itself, but not those above it.
            let folder = URL(fileURLWithPath: ledger).deletingLastPathComponent()
            let above = folder.deletingLastPathComponent()
            guard isFolder(folder.path) || isFolder(above.path) else {
                throw ValidationError("--ledger \(ledger): there is no folder \(above.path)")
            }
        }
        command.plan = command.plan.map(onNode)
        command.replay = command.replay.map(onNode)
        do { _ = try ProxyRules(command).board() } catch let problem as PlanProblem {
            throw ValidationError(problem.lines.joined(separator: "\n"))
        }
    }

    private func onNode(_ path: String) -> String { root == "/" ? path : root + path }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: onNode(path), isDirectory: &isFolder) && isFolder.boolValue
    }
}

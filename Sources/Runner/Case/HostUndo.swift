import Foundation
import HostProbe
import ManagedRuntime

/// Takes back what a case changed on the node and on the managed runtime.
struct HostUndo: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Makes the runtime well again; what could not be done, in sentences.
    func heal(_ changes: [CaseLedger.Undo]) async -> [String] {
        // Whatever is to be put right, nothing ends while what watches over a pod stands still.
        for case .resume(let pid, let startTime) in changes
        where ProcessProbe(root: context.root).isAlive(pid, startTime: startTime) { kill(pid, SIGCONT) }
        guard let managed = context.managed else { return [] }
        var problems: [String] = []
        for change in changes {
            do {
                switch change {
                case .healNetwork(let pod): try managed.network.behave(pod: pod, [])
                case .restoreNetworkConfiguration: try managed.network.restoreConfiguration()
                case .startRuntime: try await managed.start()
                case .unmount, .resume: break
                }
            } catch {
                problems.append("the runtime could not be made well again: \(error)")
            }
        }
        return problems
    }

    /// Takes mounts away, the latest first; what could not be done, in sentences.
    func unmount(_ changes: [CaseLedger.Undo]) -> [String] {
        changes.compactMap { change in
            guard case .unmount(let path) = change, let problem = HostMount.remove(path) else { return nil }
            return "the mount \(path) stays: \(problem)"
        }
    }
}

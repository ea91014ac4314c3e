import CRICatalog
import CRIClient
import Outcome
import SuiteLanguage
import Synchronization

/// Everything a case made, asked and showed, shared by its steps, the rounds of its blocks and what it does in the
/// background: whatever ends the case, what was done until then must not be lost.
final class CaseLedger: Sendable {
    /// A change that has to be taken back at the end of the case, last one first.
    enum Undo: Sendable, Hashable {
        /// A mount of ours on the node.
        case unmount(path: String)
        /// The managed runtime's network configuration was taken away.
        case restoreNetworkConfiguration
        /// The network plugin was told to misbehave for a pod.
        case healNetwork(pod: String)
        /// The managed runtime was stopped or killed.
        case startRuntime
        /// A process of the runtime was stopped; with when it began, because numbers come again.
        case resume(pid: Int32, startTime: UInt64)
    }

    private struct State {
        var tracker = Tracker()
        var calls: [CallRecord] = []
        var recorded: [String: String] = [:]
        var containers: [ContainerPlan] = []
        var undo: [Undo] = []
        var names = 0
        var proof = CaseProof()
        var steps: [Int: String] = [:]
        var stepsBegun = 0
    }

    private let state = Mutex(State())

    /// What must be removed.
    var tracker: Tracker { state.withLock { $0.tracker } }

    /// Notes something that must be removed.
    func track(_ note: (inout Tracker) -> Void) { state.withLock { note(&$0.tracker) } }

    /// The calls, in the order they ended.
    var calls: [CallRecord] { state.withLock { $0.calls } }

    func add(_ call: CallRecord) { state.withLock { $0.calls.append(call) } }

    /// What the author asked to show.
    var recorded: [String: String] { state.withLock { $0.recorded } }

    func show(_ name: String, _ text: String) { state.withLock { $0.recorded[name] = text } }

    /// The containers that were planned, for their logs.
    var containers: [ContainerPlan] { state.withLock { $0.containers } }

    func add(_ plan: ContainerPlan) { state.withLock { $0.containers.append(plan) } }

    /// What was made wrong to see whether the case notices.
    var proof: CaseProof { state.withLock { $0.proof } }

    func add(tried: Int, unnoticed: [String], untried: [String]) {
        state.withLock { $0.proof.add(tried: tried, unnoticed: unnoticed, untried: untried) }
    }

    /// The steps that have begun and not ended, as messages name them; what ends behind the last step is one too.
    var stepsAtWork: [String] { state.withLock { $0.steps.sorted { $0.key < $1.key }.map(\.value) } }

    /// Does a step and is able to name it meanwhile.
    func during<Value>(
        _ step: String,
        isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws -> Value
    ) async rethrows -> Value {
        let key = state.withLock { state in
            state.stepsBegun += 1
            state.steps[state.stepsBegun] = step
            return state.stepsBegun
        }
        defer { state.withLock { $0.steps[key] = nil } }
        return try await work()
    }

    func willUndo(_ change: Undo) {
        state.withLock { state in
            if !state.undo.contains(change) { state.undo.append(change) }
        }
    }

    /// The changes to take back, in the order to do it; afterwards there are none.
    func takeUndo() -> [Undo] {
        state.withLock { state in
            defer { state.undo = [] }
            return state.undo.reversed()
        }
    }

    /// Numbers the names of what the case makes.
    func nextNumber() -> Int {
        state.withLock { state in
            state.names += 1
            return state.names
        }
    }
}

internal import Synchronization

/// What all triggers of one load have seen so far.
final class LoadTally: Sendable {
    private struct State {
        var methods: [String: CallTally] = [:]
        var cadences: [KubeletTrigger: Cadence] = [:]
        var events = 0
    }

    private let state = Mutex(State())

    func plan(_ trigger: KubeletTrigger, period: Duration) {
        state.withLock { $0.cadences[trigger] = Cadence(period: period) }
    }

    func begin(_ trigger: KubeletTrigger, at time: Duration) {
        state.withLock { $0.cadences[trigger]?.begin(at: time) }
    }

    func end(_ trigger: KubeletTrigger, at time: Duration, succeeded: Bool) -> Duration {
        state.withLock { $0.cadences[trigger]?.end(at: time, succeeded: succeeded) ?? time }
    }

    func close(_ trigger: KubeletTrigger, at time: Duration) {
        state.withLock { $0.cadences[trigger]?.close(at: time) }
    }

    func add(_ method: String, _ elapsed: Duration) {
        state.withLock { $0.methods[method, default: CallTally()].add(elapsed) }
    }

    func fail(_ method: String, _ code: String, isTolerated: Bool) {
        state.withLock { $0.methods[method, default: CallTally()].fail(code, isTolerated: isTolerated) }
    }

    func countEvent() { state.withLock { $0.events += 1 } }

    func report(_ runtime: String, elapsed: Duration, present: Int, used: Int, plan: KubeletLoad.Plan) -> KubeletReport
    {
        state.withLock { state in
            KubeletReport(
                runtime: runtime,
                elapsed: elapsed,
                podsPresent: present,
                podsUsed: used,
                podsPlanned: plan.pods,
                methods: state.methods,
                cadences: state.cadences,
                events: plan.usesEvents ? state.events : nil
            )
        }
    }
}

import CRICatalog
import Outcome
import SuiteLanguage

/// What the names of a scope stand for when a block begins in it.
struct OuterNames: Sendable {
    let bindings: Bindings
    let sandboxes: [String: SandboxPlan]
    let containers: [String: ContainerPlan]
    let images: [String: String]
}

/// The rounds of a block: one after the other, or some beside each other.
struct BlockRun: Sendable {
    /// What a block leaves behind in the scope around it.
    struct Outcome: Sendable {
        /// What each round bound, as lists by name.
        var value: Value
        /// Planned fixtures of outside that a round made real, by name.
        var ids: [String: String]
    }

    /// How one round ended.
    private struct Round: Sendable {
        let number: Int
        var end: CaseEnd
        var bound: [String: Value]
        var ids: [String: String]
    }

    private let block: BlockStep
    private let step: Step
    private let outer: OuterNames
    private let setting: CaseSetting
    private let ledger: CaseLedger

    init(_ block: BlockStep, _ step: Step, _ outer: OuterNames, _ setting: CaseSetting, _ ledger: CaseLedger) {
        self.block = block
        self.step = step
        self.outer = outer
        self.setting = setting
        self.ledger = ledger
    }

    /// Does all rounds; the first that breaks ends the others.
    ///
    /// - Throws: the problem of the round that broke, with its number.
    func run() async throws -> Outcome {
        let clock = ContinuousClock()
        var rounds: [Round] = []
        var broken: Round?
        await withTaskGroup(of: Round.self) { group in
            var next = 1
            var due = clock.now
            while next <= block.count, broken == nil, !Task.isCancelled {
                if next > block.width, let ended = await group.next() {
                    rounds.append(ended)
                    if !ended.end.holds { broken = ended }
                    if broken != nil { break }
                }
                if let every = block.every {
                    if next > 1 { try? await Task.sleep(until: due, clock: clock) }
                    due = clock.now + every
                }
                let number = next
                group.addTask { await round(number) }
                next += 1
            }
            if broken != nil { group.cancelAll() }
            for await ended in group {
                rounds.append(ended)
                if broken == nil, !ended.end.holds {
                    broken = ended
                    group.cancelAll()
                }
            }
        }
        if let broken { throw problem(of: broken) }
        if Task.isCancelled { throw CancellationError() }
        return gathered(rounds.sorted { $0.number < $1.number })
    }

    private func round(_ number: Int) async -> Round {
        let run = CaseRun(round: number, of: outer, setting, ledger: ledger)
        let end = await run.run(block.steps)
        let (bound, ids) = await run.bound(since: outer)
        return Round(number: number, end: end, bound: bound, ids: ids)
    }

    private func gathered(_ rounds: [Round]) -> Outcome {
        var lists: [String: [Value]] = [:]
        var ids: [String: String] = [:]
        for round in rounds {
            for (name, value) in round.bound { lists[name, default: []].append(value) }
            ids.merge(round.ids) { first, _ in first }
        }
        return Outcome(
            value: .record(Record(type: "block", fields: lists.mapValues { .list($0) })),
            ids: ids
        )
    }

    /// The step of the case is the block; what broke inside is told in words.
    private func problem(of round: Round) -> any Error {
        guard case .problem(let problem) = round.end else { return CancellationError() }
        func placed(_ failure: Failure) -> Failure {
            var failure = failure
            failure.action = "\(failure.action) (step \(failure.step) of \(step.summary), round \(round.number))"
            failure.step = step.number
            return failure
        }
        switch problem {
        case .broken(let failure, _): return StepProblem.broken(placed(failure), observed: [:])
        case .setUp(let failure): return StepProblem.setUp(placed(failure))
        default: return problem
        }
    }
}

extension CaseEnd {
    fileprivate var holds: Bool { if case .held = self { true } else { false } }
}

extension CaseRun {
    /// What the names stand for now.
    var outerNames: OuterNames {
        OuterNames(bindings: bindings, sandboxes: sandboxes, containers: containers, images: images)
    }

    /// What this scope bound that the one around it does not have, and which of its planned fixtures became real.
    func bound(since outer: OuterNames) -> (values: [String: Value], ids: [String: String]) {
        let values = bindings.values.filter { outer.bindings.values[$0.key] == nil && $0.key != "round" }
        var ids: [String: String] = [:]
        for (name, plan) in outer.sandboxes where plan.id.isEmpty { ids[name] = sandboxes[name]?.id }
        for (name, plan) in outer.containers where plan.id.isEmpty { ids[name] = containers[name]?.id }
        return (values, ids.filter { !$0.value.isEmpty })
    }

    /// Does the rounds of a block and binds what they bound.
    func make(_ block: BlockStep, _ step: Step) async throws -> Value {
        let outcome = try await BlockRun(block, step, outerNames, setting, ledger).run()
        for (name, id) in outcome.ids {
            if sandboxes[name] != nil { sandboxes[name]?.id = id } else { containers[name]?.id = id }
            setPart("id", of: name, to: .text(id))
        }
        for (name, list) in outcome.value.record?.fields ?? [:] { bindings.values[name] = list }
        return outcome.value
    }
}

import CRICatalog
import CRIClient
import Outcome
import SuiteLanguage
import Synchronization

/// Holds invariants against every answer that any case of the run receives: the checks that clients written in Go
/// inherit from kubelet's own library.
final class Invariants: Sendable {
    /// What is known of one invariant so far.
    struct Sighting: Sendable {
        /// How many answers were judged.
        var judged = 0
        /// How many broke it.
        var broken = 0
        /// What was made wrong to see whether the invariant notices.
        var proof = CaseProof()
        /// The first that did: what broke, in which case, by which call.
        var first: (failure: Failure, inCase: String, call: CallRecord)?
    }

    /// Answers kept per value of `per`: calls overlap, so the latest to come need not be the one before.
    private static let memory = 16
    /// Values of `per` that are remembered; a run that goes on for days must not grow for ever.
    private static let keyLimit = 50_000

    private struct State {
        var sightings: [String: Sighting] = [:]
        var earlier: [Key: [(received: Int64, result: Value)]] = [:]
    }

    private struct Key: Hashable {
        let rule: String
        let rpc: String
        let value: String
    }

    private let cases: [Case]
    private let proves: Bool
    /// The answers on which it is looked at whether an invariant could have broken.
    private static let proofLimit = 5
    private let state = Mutex(State())

    /// Creates the invariants among the cases; `nil` when there is none.
    init?(_ cases: [Case], proves: Bool = false) {
        self.proves = proves
        self.cases = cases.filter { $0.watch != nil }
        if self.cases.isEmpty { return nil }
    }

    /// Judges an answer that a case received.
    func note(_ record: CallRecord, _ result: Value, in bindings: Bindings, of caseID: String) {
        // What our own side ended says nothing about the runtime.
        guard record.source == .runtime else { return }
        for item in cases {
            for rule in item.watch ?? [] where rule.rpc == nil || rule.rpc?.name == record.rpc.name {
                judge(record, result, rule, of: item, bindings, in: caseID)
            }
        }
    }

    private func judge(
        _ record: CallRecord,
        _ result: Value,
        _ rule: WatchRule,
        of item: Case,
        _ bindings: Bindings,
        in caseID: String
    ) {
        var bindings = bindings
        bindings.values["answer"] = result
        bindings.values["previous"] = nil
        if let key = rule.key {
            guard case .value(let value) = key.read(from: result, in: bindings) else { return }
            let place = Key(rule: item.id, rpc: record.rpc.name, value: ValueText.plain(value))
            guard let previous = exchange(record, result, at: place) else { return }
            bindings.values["previous"] = previous
        }
        guard rule.when.allSatisfy({ $0.mismatch(in: result, bindings) == nil }) else { return }
        let mismatches = rule.expectations.compactMap { $0.mismatch(in: result, bindings) }
        state.withLock { state in
            state.sightings[item.id, default: Sighting()].judged += 1
            if proves, mismatches.isEmpty, state.sightings[item.id]?.judged ?? 0 <= Self.proofLimit {
                for expectation in rule.expectations {
                    let (tried, unnoticed) = expectation.unnoticed(in: result, bindings)
                    state.sightings[item.id]?.proof.add(
                        tried: tried,
                        unnoticed: unnoticed,
                        untried: tried == 0 ? [expectation.path.text] : []
                    )
                }
            }
            guard let mismatch = mismatches.first else { return }
            state.sightings[item.id]?.broken += 1
            guard state.sightings[item.id]?.first == nil else { return }
            let failure = Failure(
                step: 1,
                action: "watch \(record.rpc.name)",
                position: mismatch.position.description,
                breaches: mismatches.map {
                    Breach(path: $0.path, expected: $0.expected, actual: $0.actual, position: $0.position.description)
                }
            )
            state.sightings[item.id]?.first = (failure, caseID, record)
        }
    }

    /// Keeps an answer and returns the one that was received last before this call was sent.
    private func exchange(_ record: CallRecord, _ result: Value, at key: Key) -> Value? {
        state.withLock { state in
            let known = state.earlier[key] ?? []
            let sent = record.sentAt.monotonicNanoseconds
            let previous = known.filter { $0.received < sent }.max { $0.received < $1.received }
            if state.earlier.count < Self.keyLimit || !known.isEmpty {
                state.earlier[key] = known.suffix(Self.memory - 1) + [(record.receivedAt.monotonicNanoseconds, result)]
            }
            return previous?.result
        }
    }

    /// The verdicts, once every other case has ended.
    func results(rerunPrefix: String, describe: (CallRecord) -> CallEntry) -> [CaseResult] {
        let sightings = state.withLock { $0.sightings }
        return cases.map { item in
            var result = CaseResult(item, rerunPrefix: rerunPrefix)
            guard let seen = sightings[item.id], seen.judged > 0 else {
                result.reason = "no case of this run received an answer that it is about"
                return result
            }
            result.evidence.append(
                Evidence(title: "Answers judged", text: "\(seen.judged), of which \(seen.broken) broke it")
            )
            guard let (failure, caseID, call) = seen.first else {
                result.verdict = .pass
                if proves { result.proof = seen.proof }
                return result
            }
            result.verdict = item.level == .must ? .fail : .deviation
            result.failure = failure
            result.reason = "\(failure.reason) (\(seen.broken) of \(seen.judged) answers; first in \(caseID))"
            result.calls = [describe(call)]
            result.rerun = "\(rerunPrefix) --case \(item.id) --case \(caseID)"
            return result
        }
    }
}

import Foundation
import Outcome
import SuiteLanguage

/// The profile at work: turns what is known to be broken into a deviation with its reason, and tells which of its
/// entries are over or no longer needed.
struct AcceptedDifferences {
    private let known: [KnownDifference]
    private let differences: [String: KnownDifference]
    private let today: String
    private var passing: [String: Set<String>] = [:]
    private var broken: Set<String> = []

    init(_ known: [KnownDifference], of cases: [Case], today: Date) {
        self.known = known
        differences = Dictionary(
            cases.compactMap { item in known.first { $0.covers(item) }.map { (item.id, $0) } },
            uniquingKeysWith: { first, _ in first }
        )
        self.today = today.formatted(.iso8601.year().month().day())
    }

    /// Applies the profile to a case that ended.
    ///
    /// What is known is that the runtime does not do what the case proves. Nobody accepted with it that the runtime
    /// dies there, that no sandbox can be made, or, unless it is said, that something stays behind.
    mutating func apply(to result: inout CaseResult) {
        guard let difference = differences[result.id] else { return }
        if let trouble = result.trouble, trouble != .leak || !difference.acceptsLeak {
            broken.insert(difference.caseID)
            return
        }
        switch result.verdict {
        case .pass: passing[difference.caseID, default: []].insert(result.id)
        case .fail, .ignored, .deviation:
            broken.insert(difference.caseID)
            guard difference.expires >= today else { return }
            result.verdict = .deviation
            let reference = difference.reference.map { ", \($0)" } ?? ""
            result.reason =
                "\(CaseResult.knownPrefix)\(difference.reason) (\(difference.owner)\(reference), until \(difference.expires)); \(result.reason)"
        default: break
        }
    }

    /// What the profile's owner must hear.
    var findings: [Finding] {
        var findings: [Finding] = []
        for difference in known {
            if difference.expires < today, broken.contains(difference.caseID) {
                findings.append(
                    Finding(
                        title: "A known difference is over",
                        text: "\(difference.caseID) was accepted until \(difference.expires) (\(difference.owner))"
                    )
                )
            }
            if !broken.contains(difference.caseID), passing[difference.caseID] != nil {
                findings.append(
                    Finding(
                        title: "A known difference is gone",
                        text: "\(difference.caseID) passes: take it out of the profile (\(difference.position))"
                    )
                )
            }
        }
        return findings
    }
}

internal import Foundation

extension KubeletReport {
    private struct Document: Encodable {
        struct Method: Encodable {
            let calls: Int
            let p50Microseconds, p90Microseconds, p99Microseconds, maxMicroseconds: Double
            let errors, tolerated: [String: Int]
        }
        struct Trigger: Encodable {
            let runs, succeeded: Int
            let plannedSeconds: Double
            let achievedSeconds: Double?
            let longestSeconds, longestWithoutSuccessSeconds, busySeconds: Double
        }
        let schema, runtime: String
        let seconds: Double
        let calls, podsPresent, podsUsed: Int
        let events: Int?
        let methods: [String: Method]
        let triggers: [String: Trigger]
        let problems: [String]
    }

    /// The report as JSON with sorted keys; seconds and microseconds are in the names.
    public func json() throws -> String {
        let document = Document(
            schema: Self.schema,
            runtime: runtime,
            seconds: elapsed.inSeconds,
            calls: calls,
            podsPresent: podsPresent,
            podsUsed: podsUsed,
            events: events,
            methods: methods.mapValues { tally in
                Document.Method(
                    calls: tally.count,
                    p50Microseconds: tally.microseconds(50),
                    p90Microseconds: tally.microseconds(90),
                    p99Microseconds: tally.microseconds(99),
                    maxMicroseconds: tally.microseconds(100),
                    errors: tally.errors,
                    tolerated: tally.tolerated
                )
            },
            triggers: Dictionary(
                uniqueKeysWithValues: cadences.map { trigger, cadence in
                    (
                        trigger.rawValue,
                        Document.Trigger(
                            runs: cadence.count,
                            succeeded: cadence.succeeded,
                            plannedSeconds: cadence.period.inSeconds,
                            achievedSeconds: cadence.interval?.inSeconds,
                            longestSeconds: cadence.longest.inSeconds,
                            longestWithoutSuccessSeconds: cadence.longestWithoutSuccess.inSeconds,
                            busySeconds: cadence.busy.inSeconds
                        )
                    )
                }
            ),
            problems: problems
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}

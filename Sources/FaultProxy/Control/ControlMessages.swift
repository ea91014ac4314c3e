internal import Foundation

/// What the control API says and is asked, as JSON. Every time is in seconds; every point in time in RFC 3339.
public enum ControlMessages {
    /// A rule and what it has done.
    public struct Rule: Codable, Sendable, Hashable {
        /// Its name.
        public var id: String
        /// What happens to the calls it hits: `2*error->delay`.
        public var action: String
        /// Which methods it is about; empty for all.
        public var methods: [String]
        /// Whether it is in force.
        public var live: Bool
        /// Whether it only says what it would do.
        public var dryRun: Bool
        /// How long it is still in force.
        public var remainingSeconds: Double
        /// When it ends, or that it has.
        public var ends: String
        /// Calls it matched and counted.
        public var matched: Int
        /// Calls it acted on, or would have.
        public var acted: Int
        /// Calls it is acting on.
        public var inFlight: Int
        /// Calls it left alone, by why.
        public var refused: [String: Int]
    }

    /// All rules.
    public struct Rules: Codable, Sendable, Hashable {
        /// In the order they decide in.
        public var rules: [Rule]
    }

    /// How the plan stands.
    public struct Plan: Codable, Sendable, Hashable {
        /// Its file or its preset.
        public var name: String
        /// How often it was put in force.
        public var loads: Int
        /// How often it could not be.
        public var failures: Int
        /// Why the last reading failed; the rules of the last good one are in force.
        public var problem: String?
    }

    /// What became of the lines of the ledger.
    public struct Ledger: Codable, Sendable, Hashable {
        /// The file.
        public var path: String
        /// Lines written.
        public var written: Int
        /// Lines dropped because the disk was too slow.
        public var dropped: Int
        /// Lines lost because they could not be written.
        public var failed: Int
        /// Why not, the last time.
        public var lastError: String?
    }

    /// How the proxy stands.
    public struct Status: Codable, Sendable, Hashable {
        /// The program's version.
        public var version: String
        /// Its process.
        public var pid: Int32
        /// When it began.
        public var since: String
        /// Where it listens.
        public var listen: String
        /// The runtime's socket.
        public var upstream: String
        /// Client connections.
        public var connections: Int
        /// Where all randomness starts; text, for JSON's numbers are too short for it.
        public var seed: String
        /// Whether no rule does more than say what it would do.
        public var dryRun: Bool
        /// Whether it takes no more connections and ends with its last call.
        public var draining: Bool
        /// Rules in force.
        public var liveRules: Int
        /// When the last of them ends.
        public var until: String?
        /// The plan, if there is one.
        public var plan: Plan?
        /// Who used the kill switch last, if no rule was armed since.
        public var killedBy: String?
        /// Why no rule can be armed, if so.
        public var held: String?
        /// The ledger, if there is one.
        public var ledger: Ledger?
        /// The ledger whose decisions are made again, if any.
        public var replay: String?
    }

    /// What the kill switch or a change of rules did.
    public struct Change: Codable, Sendable, Hashable {
        /// Rules that began.
        public var armed: [String]
        /// Rules that go on as they were.
        public var kept: [String]
        /// Rules that are no longer in force.
        public var disarmed: [String]

        /// What of a text of rules has no effect here, a sentence each.
        public var notes: [String]

        init(armed: [String] = [], kept: [String] = [], disarmed: [String] = [], notes: [String] = []) {
            self.armed = armed
            self.kept = kept
            self.disarmed = disarmed
            self.notes = notes
        }
    }

    /// Why a rule would or would not act on a call.
    public struct Explanation: Codable, Sendable, Hashable {
        /// The rule.
        public var rule: String
        /// What it does to the calls it hits.
        public var action: String
        /// Whether it would act.
        public var acts: Bool
        /// The short word of ledger and metrics for why not.
        public var reason: String?
        /// The same as a sentence.
        public var text: String
    }

    /// What the rules make of a call.
    public struct Explanations: Codable, Sendable, Hashable {
        /// The path of the call.
        public var path: String
        /// What it is counted under.
        public var key: String
        /// Its pod, `namespace/name`, when the request or the index tells.
        public var pod: String?
        /// Its container.
        public var container: String?
        /// Its image.
        public var image: String?
        /// The id it carries that nobody knows.
        public var unknownID: String?
        /// Rule by rule.
        public var rules: [Explanation]
    }

    /// Which program this is.
    public struct Version: Codable, Sendable, Hashable {
        /// The program's version.
        public var version: String
        /// The version of this API.
        public var api: Int
    }

    /// Why something was not done.
    public struct Failure: Codable, Sendable, Hashable {
        /// What is wrong, a line each.
        public var errors: [String]
    }

    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            return Array(#"{"errors":["no answer can be written"]}"#.utf8)
        }
        return Array(data) + [10]
    }

    /// A point in time as RFC 3339 has it, in UTC.
    static func text(_ time: Date) -> String { time.formatted(.iso8601) }
}

public import FaultModel

/// Rules as someone wrote them, to be armed.
public struct RuleText: Sendable, Hashable {
    /// What they wrote.
    public var text: String
    /// How messages name it.
    public var name: String
    /// Values for its parameters.
    public var parameters: [String: String]

    /// Creates a text of rules.
    public init(_ text: String, name: String = "rules", parameters: [String: String] = [:]) {
        self.text = text
        self.name = name
        self.parameters = parameters
    }

    /// What was read out of it.
    public struct Reading: Sendable, Hashable {
        /// The rules.
        public var rules: [FaultRule]
        /// What is in it and has no effect here, a sentence each.
        public var notes: [String]

        /// Creates a reading.
        public init(_ rules: [FaultRule], notes: [String] = []) {
            self.rules = rules
            self.notes = notes
        }
    }
}

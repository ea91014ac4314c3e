/// A file of rules: what goes wrong, where all its randomness starts, and which pods it must spare.
public struct FaultPlan: Sendable, Hashable {
    /// A value that whoever uses the plan may set, `${pod}` in its rules.
    public struct Parameter: Sendable, Hashable {
        /// The name behind `--set`.
        public var name: String
        /// What it stands for, for a person.
        public var about: String
        /// What it is without `--set`.
        public var standard: String
        /// What it is now.
        public var value: String

        /// Creates a parameter.
        public init(_ name: String, about: String, standard: String, value: String) {
            self.name = name
            self.about = about
            self.standard = standard
            self.value = value
        }
    }

    /// What happened to others, and what should have happened.
    public struct Story: Sendable, Hashable {
        /// The plan in one sentence.
        public var title: String
        /// What happens, and why it hurts.
        public var text: String
        /// Where it was seen: `owner/repo#123`, a KEP, a place in kubelet's code.
        public var references: [String]
        /// What a kubelet that is right does.
        public var kubelet: String?
        /// What a runtime that is right does.
        public var runtime: String?

        /// Creates a story.
        public init(
            title: String = "",
            text: String = "",
            references: [String] = [],
            kubelet: String? = nil,
            runtime: String? = nil
        ) {
            self.title = title
            self.text = text
            self.references = references
            self.kubelet = kubelet
            self.runtime = runtime
        }
    }

    /// Its name, if it has one.
    public var name: String?
    /// Its story; empty for a plan that tells none.
    public var story: Story
    /// What can be set, with the values the rules were read with.
    public var parameters: [Parameter]
    /// Where all randomness starts; `nil` when the plan leaves that to whoever runs it.
    public var seed: UInt64?
    /// Which pods no rule touches unless it names them; `nil` when the plan says nothing about it.
    public var protection: Protection?
    /// The rules, in the order they are asked in.
    public var rules: [FaultRule]

    /// Creates a plan.
    public init(
        name: String? = nil,
        story: Story = Story(),
        parameters: [Parameter] = [],
        seed: UInt64? = nil,
        protection: Protection? = nil,
        rules: [FaultRule] = []
    ) {
        self.name = name
        self.story = story
        self.parameters = parameters
        self.seed = seed
        self.protection = protection
        self.rules = rules
    }
}

/// A named step as suites see it; the code behind it is the Runner's.
public struct NamedStepDescriptor: Sendable {
    /// What a parameter takes.
    public enum Parameter: Sendable {
        case sandbox
        case container
        case value(Shape)
        /// One of some words.
        case word([String])
    }

    /// The word a suite writes.
    public let name: String
    /// What it does, in a line.
    public let help: String
    /// Whether it only looks, so that it may be repeated.
    public let looks: Bool
    /// Whether it looks at the node itself, so that the runtime must be on this host.
    public var looksAtNode = false
    /// What it needs, by name.
    public let parameters: [String: Parameter]
    /// Which of them may be left out.
    var optional: Set<String> = []
    /// What it returns.
    let result: [String: Shape]
}

/// The named steps of the language: each earned its place by a second user, or by something no matcher should learn.
public enum NamedSteps {
    /// All of them.
    public static let all: [NamedStepDescriptor] = [
        NamedStepDescriptor(
            name: "collect-garbage",
            help: "lists what carries the pod's name, stops and removes each as kubelet does, and says what is left",
            looks: true,
            parameters: ["pod": .sandbox],
            result: ["left": .list(.text)]
        ),
        NamedStepDescriptor(
            name: "create-and-start",
            help: "makes kubelet's two calls and returns the outcome of the first that fails",
            looks: false,
            parameters: ["container": .container],
            result: ["code": .code, "message": .message, "at": .text]
        ),
        NamedStepDescriptor(
            name: "follow-url",
            help: "asks for the stream behind a URL, if wanted as one of another kind, and leaves it again at once",
            looks: false,
            parameters: ["url": .value(.text), "as": .word(["exec", "attach", "portforward"])],
            optional: ["as"],
            result: ["outcome": .text, "upgrade-status": .integer(nil), "error": .text, "protocol": .text]
        ),
        NamedStepDescriptor(
            name: "compare-seccomp",
            help: "holds the filter a container runs under against a profile, for every system call and the values at "
                + "which a rule's answer changes",
            looks: true,
            looksAtNode: true,
            parameters: ["container": .container, "profile": .value(.text)],
            result: ["compared": .integer(nil), "different": .list(.text)]
        ),
    ]

    static func find(_ name: String) -> NamedStepDescriptor? { all.first { $0.name == name } }
}

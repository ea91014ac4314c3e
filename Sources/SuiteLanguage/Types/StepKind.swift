/// The kinds of steps and what may stand beside each: the table that the reader, its messages and the editors' schema
/// are made from.
enum StepKind: String, CaseIterable {
    case sandbox, container, image, directory, port
    case call, agent, log, host, registry, cni, runtime
    case named = "do"
    case check, await, cancel
    case `repeat`, parallel

    /// The modifiers of this kind alone.
    var modifiers: [String] {
        switch self {
        case .sandbox: ["with", "state", "runtime-handler", "shared"]
        case .container: ["with", "state", "run", "in"]
        case .image:
            ["config", "files", "tags", "platforms", "layers", "compression", "format", "over", "state", "behave"]
        case .directory: ["files", "propagation"]
        case .call: ["with", "raw", "deadline", "receive-limit", "stream", "protocol", "background", "fault"]
        case .agent: ["in", "by"]
        case .registry, .cni: ["behave"]
        case .runtime: ["after"]
        case .named: ["with"]
        case .repeat: ["parallel", "every", "steps", "background"]
        case .parallel: ["steps", "background"]
        case .host: ["from"]
        case .port, .log, .check, .await, .cancel: []
        }
    }

    /// The modifiers every kind has.
    static let shared = ["expect", "save", "eventually", "always", "every", "record"]

    /// Everything that may stand in a step of this kind.
    var keys: [String] { [rawValue] + modifiers + Self.shared }

    /// Whether it makes something that its name then stands for.
    var isFixture: Bool {
        switch self {
        case .sandbox, .container, .image, .directory, .port: true
        default: false
        }
    }

    /// All words, for messages.
    static let words = allCases.map(\.rawValue)
}

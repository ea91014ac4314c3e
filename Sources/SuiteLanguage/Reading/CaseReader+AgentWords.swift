import AgentProtocol
import CRICatalog

/// Words that the agent would not take, or never says. A case with such says nothing about the runtime, and would look
/// like one that the runtime broke.
extension CaseReader {
    private static let program = "/agent"

    /// The words of `agent:`, whose question is known.
    mutating func checkQuestion(_ items: [Node], at position: SourcePosition) {
        report(AgentCommands.misuse(ofQuestion: items.map(Self.constant)), of: items, at: position)
    }

    /// What a container's process is told by `run:`, or by the `command` and `args` of its `with`.
    mutating func checkRun(_ step: Node) {
        let with = step["with"]
        let arguments = step["run"] ?? with?["args"]
        if let command = with?["command"], !command.isNull {
            guard let words = command.items, words.first?.scalar == Self.program else { return }
            if let arguments, !arguments.isNull, arguments.items == nil { return }
            checkRun(words.dropFirst() + (arguments?.items ?? []), at: command.position)
        } else if let arguments, let items = arguments.items, step["run"] != nil || with?["image"] == nil {
            // Another image may have an entrypoint of its own before `args`.
            checkRun(items, at: arguments.position)
        }
    }

    /// The process of an image whose containers say nothing themselves.
    mutating func checkRun(image config: Node) {
        guard let words = config["Entrypoint"]?.items, words.first?.scalar == Self.program,
            let behind = config["Cmd"]?.items
        else { return }
        checkRun(words.dropFirst() + behind, at: config.position)
    }

    /// The `cmd` of an ExecSync or Exec, if it is the agent.
    mutating func checkCommand(_ rpc: RPC, _ request: Node) {
        guard ["ExecSync", "Exec"].contains(rpc.name), let command = request["cmd"], let items = command.items,
            items.first?.scalar == Self.program
        else { return }
        let words = Array(items.dropFirst())
        let misuse = AgentCommands.misuse(ofRun: words.map(Self.constant))
        // A command that fails may be what the case wants: only what is nearly one of the agent's was meant to be it.
        if misuse?.index == 0, let mistaken = misuse?.mistaken,
            Spelling.nearest(to: mistaken, among: misuse?.known ?? []) == nil
        {
            return
        }
        report(misuse, of: words, at: command.position)
    }

    /// The names of error numbers in what is expected of the agent's answer.
    mutating func checkErrno(_ expected: [Expectation], in result: Shape) {
        guard AgentCommands.questions.contains(where: { ForeignShapes.agentAnswer($0.name) == result }) else { return }
        for expectation in expected where expectation.path.text == "errno" {
            for name in expectation.matcher.names where !AgentErrno.canBe(name) {
                let hint = Spelling.suggestion(for: name, among: AgentErrno.names + [AgentErrno.none])
                let way = hint.isEmpty ? "; there are such as ENOENT, and none when nothing was refused" : hint
                let other = AgentErrno.otherNames[name].map { ": an answer says \($0)" }
                report("errno is never '\(name)'\(other ?? way)", at: expectation.position)
            }
        }
    }

    private mutating func checkRun(_ words: [Node], at position: SourcePosition) {
        report(AgentCommands.misuse(ofRun: words.map(Self.constant)), of: words, at: position)
    }

    private mutating func report(_ misuse: AgentMisuse?, of words: [Node], at position: SourcePosition) {
        guard let misuse else { return }
        var hint = misuse.mistaken.map { Spelling.suggestion(for: $0, among: misuse.known) } ?? ""
        if hint.isEmpty, !misuse.known.isEmpty { hint = "; there are \(misuse.known.joined(separator: ", "))" }
        report(misuse.message + hint, at: misuse.index.map { words[$0].position } ?? position)
    }

    /// A word as it is written; `nil` for one that is only known at run time.
    private static func constant(_ node: Node) -> String? {
        guard !node.isNull, let text = node.scalar, !text.contains("${") else { return nil }
        return text
    }
}

extension Matcher {
    /// The texts it compares with as a whole.
    fileprivate var names: [String] {
        switch self {
        case .equals(.constant(.text(let name))): [name]
        case .not(let matcher): matcher.names
        case .anyOf(let matchers), .all(let matchers): matchers.flatMap(\.names)
        default: []
        }
    }
}

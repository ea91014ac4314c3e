import AgentProtocol
import CRICatalog

extension CaseReader {
    private static let kinds = [
        "sandbox", "container", "image", "directory", "call", "agent", "log", "host", "check", "await", "cancel",
    ]
    private static let kindsNotYet = [
        "port", "registry", "cni", "runtime", "do", "repeat", "parallel",
    ]
    private static let shared = ["expect", "save", "eventually", "always", "every", "record"]

    /// Reads the steps of a case.
    mutating func steps(_ node: Node) -> [Step] {
        guard let items = node.items, !items.isEmpty else {
            report("steps is a list of at least one step", at: node.position)
            return []
        }
        return items.enumerated().compactMap { step($1, number: $0 + 1) }
    }

    private mutating func step(_ node: Node, number: Int) -> Step? {
        guard let entries = node.entries else {
            report("a step is a mapping with one kind (\(Self.kinds.joined(separator: ", ")))", at: node.position)
            return nil
        }
        if let early = entries.first(where: { Self.kindsNotYet.contains($0.key) }) {
            report("'\(early.key)' steps are not yet part of this version of crisol", at: early.keyPosition)
            return nil
        }
        let found = entries.filter { Self.kinds.contains($0.key) }
        guard let kind = found.first, found.count == 1 else {
            let message =
                found.isEmpty
                ? "a step needs a kind: \(Self.kinds.joined(separator: ", "))\(Self.hint(entries))"
                : "a step has one kind, this has \(found.map(\.key).joined(separator: " and "))"
            report(message, at: found.dropFirst().first?.keyPosition ?? node.position)
            return nil
        }
        guard let (action, result) = action(kind, node) else { return nil }
        return finish(node, kind, action, result, number: number)
    }

    private static func hint(_ entries: [Node.Entry]) -> String {
        entries.lazy.compactMap { Spelling.nearest(to: $0.key, among: kinds) }.first.map { " (did you mean \($0)?)" }
            ?? ""
    }

    /// Expectations, repetition and binding: what every kind shares.
    private mutating func finish(
        _ node: Node,
        _ kind: Node.Entry,
        _ action: Step.Action,
        _ result: Shape?,
        number: Int
    ) -> Step? {
        let position = kind.keyPosition
        if let background = node["background"] {
            return start(node, background, action, result, number: number, at: position)
        }
        var expected: [Expectation] = []
        if let expect = node["expect"] {
            if let result {
                let answer = Scope.Name(kind: .builtIn, shape: result, position: position, isUsed: true)
                scope["answer"] = answer
                expected = expectations(expect, in: result)
                scope["answer"] = nil
            } else {
                report("a \(kind.key) has no result to expect anything of", at: expect.position)
            }
        }
        if action.isCall, let result, !expected.contains(where: { $0.path.text == "code" }),
            let code = path("code", in: result, at: position)
        {
            // A call that does not say otherwise must succeed.
            expected.insert(
                Expectation(path: code, matcher: .equals(.constant(.text("OK"))), position: position),
                at: 0
            )
        }
        let repetition = self.repetition(node, kind, hasExpectations: !expected.isEmpty)
        var recorded: [ValuePath] = []
        if let record = node["record"] {
            guard let items = record.items, let result else {
                report("record is a list of paths into the result", at: record.position)
                return nil
            }
            for item in items {
                if let text = plainText(item, "a path"), let path = path(text, in: result, at: item.position) {
                    recorded.append(path)
                }
            }
        }
        let saved = node["save"].flatMap { save($0, result) }
        return Step(
            number: number,
            action: action,
            expectations: expected,
            save: saved,
            repetition: repetition,
            background: nil,
            recorded: recorded,
            position: position
        )
    }

    private mutating func save(_ node: Node, _ result: Shape?) -> String? {
        guard let name = newName(node) else { return nil }
        guard let result else {
            report("this step has no result to save; its own name can be used", at: node.position)
            return nil
        }
        scope[name] = Scope.Name(kind: .saved, shape: result, position: node.position)
        return name
    }

    private mutating func repetition(_ node: Node, _ kind: Node.Entry, hasExpectations: Bool) -> Step.Repetition {
        let every = node["every"].flatMap { duration($0, "every") }
        if let eventually = node["eventually"], let always = node["always"] {
            report("a step is repeated either eventually or always", at: max(eventually, always).position)
            return .once
        }
        let isFixture = ["sandbox", "container", "image", "directory"].contains(kind.key)
        for key in ["eventually", "always"] {
            guard let bound = node[key] else { continue }
            if isFixture {
                report("a \(kind.key) is made once; repeat the step that looks at it", at: bound.position)
                return .once
            }
            if !hasExpectations {
                report("'\(key)' needs an expect", at: bound.position)
                return .once
            }
            guard let window = duration(bound, key) else { return .once }
            return key == "always" ? .always(window, every: every) : .eventually(window, every: every)
        }
        if let every = node["every"] { report("'every' paces eventually or always", at: every.position) }
        return .once
    }

    private func max(_ left: Node, _ right: Node) -> Node {
        (left.position.line, left.position.column) > (right.position.line, right.position.column) ? left : right
    }

    // MARK: - Kinds

    private mutating func action(_ kind: Node.Entry, _ node: Node) -> (Step.Action, Shape?)? {
        func keys(_ own: [String]) -> [String] { [kind.key] + own + Self.shared }
        let entries = node.entries ?? []
        func check(_ reader: inout CaseReader, _ own: [String], notYet: [String] = []) {
            reader.checkKeys(
                entries,
                known: keys(own),
                notYet: notYet,
                of: "a \(kind.key) step"
            )
        }
        switch kind.key {
        case "sandbox":
            check(&self, ["with", "state", "runtime-handler"], notYet: ["shared"])
            return sandbox(kind.value, node).map { ($0, nil) }
        case "container":
            check(&self, ["with", "state", "run", "in"])
            return container(kind.value, node).map { ($0, nil) }
        case "image":
            check(&self, ["config", "files", "tags", "layers", "state"], notYet: ["behave", "platforms"])
            return image(kind.value, node).map { ($0, nil) }
        case "directory":
            check(&self, ["files"], notYet: ["propagation"])
            needsSameHost = true
            return directory(kind.value, node).map { ($0, nil) }
        case "call":
            check(
                &self,
                ["with", "deadline", "receive-limit", "background"],
                notYet: ["fault", "raw", "stream", "protocol"]
            )
            return call(kind.value, node).map { ($0, $1) }
        case "agent":
            check(&self, ["in", "by"])
            return agent(kind.value, node).map { ($0, $1) }
        case "await":
            check(&self, [])
            return background(kind.value, ends: true).map { (.await($0), $1) }
        case "cancel":
            check(&self, [])
            return background(kind.value, ends: false).map { name, _ in (.cancel(name), nil) }
        case "check":
            check(&self, [])
            return checked(kind.value).map { (.check($0), $1) }
        case "log":
            check(&self, [])
            needsSameHost = true
            return fixture(kind.value, "a container").map { (.log(container: $0), Scope.log) }
        default:
            check(&self, [])
            needsSameHost = true
            return host(kind.value)
        }
    }

    /// A name that nothing has yet.
    mutating func newName(_ node: Node) -> String? {
        guard let name = plainText(node, "a name") else { return nil }
        guard name.wholeMatch(of: /[A-Za-z][A-Za-z0-9-]*/) != nil else {
            report("a name is letters, digits and dashes and starts with a letter, not '\(name)'", at: node.position)
            return nil
        }
        let reserved = ["answer", "previous", "round", "unknown", "node", "case"]
        if reserved.contains(name) || scope[name] != nil {
            report("the name '\(name)' already stands for something", at: node.position)
            return nil
        }
        return name
    }

    /// The name of a fixture of a kind.
    private mutating func fixture(_ node: Node, _ what: String) -> String? {
        guard let name = plainText(node, "the name of \(what)") else { return nil }
        let isRight: (Scope.Kind) -> Bool = { kind in
            switch kind {
            case .sandbox: what == "a sandbox"
            case .container: what == "a container"
            default: false
            }
        }
        if let bound = scope[name], isRight(bound.kind) {
            scope.use(name)
            return name
        }
        let known = scope.names.filter { isRight($0.value.kind) }.keys.sorted()
        let list = known.isEmpty ? "; this case has none yet" : Spelling.suggestion(for: name, among: known)
        report("\(what) called '\(name)' is not known here\(list)", at: node.position)
        return nil
    }

    private mutating func sandbox(_ node: Node, _ step: Node) -> Step.Action? {
        let config = step["with"].flatMap { template($0, .record("PodSandboxConfig", nil), removes: true) }
        let handler = step["runtime-handler"].flatMap { template($0, .text) }
        let state =
            step["state"].map { word($0, "the state of a sandbox", as: SandboxFixture.State.self) ?? .ready } ?? .ready
        guard let name = newName(node) else { return nil }
        scope[name] = Scope.Name(kind: .sandbox(state), shape: Scope.sandbox, position: node.position)
        return .sandbox(SandboxFixture(name: name, state: state, with: config, runtimeHandler: handler))
    }

    private mutating func container(_ node: Node, _ step: Node) -> Step.Action? {
        let config = step["with"].flatMap { template($0, .record("ContainerConfig", nil), removes: true) }
        let arguments = step["run"].flatMap { template($0, .list(.text)) }
        if let run = step["run"] { checkRun(run) }
        let state =
            step["state"].map { word($0, "the state of a container", as: ContainerFixture.State.self) ?? .running }
            ?? .running
        guard let name = newName(node), let pod = sandboxName(step, at: node.position) else { return nil }
        scope[name] = Scope.Name(kind: .container(state), shape: Scope.container, position: node.position)
        return .container(
            ContainerFixture(name: name, sandbox: pod, state: state, with: config, arguments: arguments)
        )
    }

    private mutating func sandboxName(_ step: Node, at position: SourcePosition) -> String? {
        if let named = step["in"] { return fixture(named, "a sandbox") }
        switch scope.sandboxes.count {
        case 0:
            report("a container needs a sandbox before it", at: position)
            return nil
        case 1:
            scope.use(scope.sandboxes[0])
            return scope.sandboxes[0]
        default:
            report("this case has \(scope.sandboxes.count) sandboxes: say `in:` which", at: position)
            return nil
        }
    }

    private mutating func image(_ node: Node, _ step: Node) -> Step.Action? {
        let state =
            step["state"].map { word($0, "the state of an image", as: ImageFixture.State.self) ?? .pulled } ?? .pulled
        let config = step["config"].flatMap { imageConfig($0) }
        let files = files(step, relativeTo: "the image's root")
        let tags = step["tags"].map { plainTexts($0, "tags") } ?? ["latest"]
        for tag in tags where tag.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._-]{0,127}/) == nil {
            report(
                "'\(tag)' is no tag (letters, digits, _ . -, at most 128)",
                at: step["tags"]?.position ?? node.position
            )
        }
        var layers: [Int] = []
        for item in step["layers"]?.items ?? [] { if let size = size(item, "a layer") { layers.append(size) } }
        if let layers = step["layers"], layers.items == nil { report("layers is a list of sizes", at: layers.position) }
        guard let name = newName(node) else { return nil }
        scope[name] = Scope.Name(kind: .image, shape: Scope.image, position: node.position)
        return .image(
            ImageFixture(
                name: name,
                state: state,
                config: config,
                files: files,
                tags: tags,
                layers: layers
            )
        )
    }

    private mutating func imageConfig(_ node: Node) -> Template? {
        guard let entries = node.entries else {
            report("config is a mapping of the OCI image configuration's fields", at: node.position)
            return nil
        }
        let known = Scope.imageConfig.fieldNames(catalog) ?? []
        var fields: [Template.Field] = []
        for entry in entries {
            guard let (name, shape) = Scope.imageConfig.field(named: entry.key, catalog) else {
                report(
                    "the OCI image configuration has no field '\(entry.key)'\(Spelling.suggestion(for: entry.key, among: known))",
                    at: entry.keyPosition
                )
                continue
            }
            if let value = template(entry.value, shape) { fields.append(Template.Field(name: name, value: value)) }
        }
        return .record(type: "image configuration", fields: fields)
    }

    private mutating func call(_ node: Node, _ step: Node) -> (Step.Action, Shape)? {
        guard let name = plainText(node, "an RPC") else { return nil }
        guard let rpc = catalog.rpc(named: name) else {
            report(
                "the CRI has no RPC '\(name)'\(Spelling.suggestion(for: name, among: catalog.rpcs.map(\.name)))",
                at: node.position
            )
            return nil
        }
        uses(rpc.since)
        let shape = Shape.record(rpc.request, nil)
        let request: Template? =
            if let with = step["with"] { template(with, shape) } else { .record(type: rpc.request, fields: []) }
        let deadline = step["deadline"].flatMap { duration($0, "deadline") }
        let limit = step["receive-limit"].flatMap { size($0, "receive-limit") }
        markMade(rpc, request)
        guard let request else {
            // Its result still types, so that one wrong field does not hide what else is wrong.
            return (
                .call(
                    CallStep(
                        rpc: rpc,
                        request: .record(type: rpc.request, fields: []),
                        deadline: nil,
                        receiveLimit: nil
                    )
                ),
                Scope.result(of: rpc)
            )
        }
        return (
            .call(CallStep(rpc: rpc, request: request, deadline: deadline, receiveLimit: limit)),
            Scope.result(of: rpc)
        )
    }

    /// A planned fixture becomes real with the call that sends its request, a created container runs once started.
    private mutating func markMade(_ rpc: RPC, _ request: Template?) {
        switch (rpc.name, request) {
        case ("RunPodSandbox", .reference(let reference, _)?) where reference.path?.text == "request":
            scope[reference.name]?.kind = .sandbox(.ready)
        case ("CreateContainer", .reference(let reference, _)?) where reference.path?.text == "request":
            scope[reference.name]?.kind = .container(.created)
        case ("StartContainer", .record(_, let fields)?):
            guard case .reference(let reference, _)? = fields.first(where: { $0.name == "containerId" })?.value else {
                return
            }
            if scope[reference.name]?.kind == .container(.created) {
                scope[reference.name]?.kind = .container(.running)
            }
        default: break
        }
    }

    private mutating func agent(_ node: Node, _ step: Node) -> (Step.Action, Shape)? {
        guard let items = node.items, let first = items.first, let question = first.scalar else {
            report("agent takes a list: the question and its arguments", at: node.position)
            return nil
        }
        guard let shape = ForeignShapes.agentAnswer(question) else {
            let known = ForeignShapes.agentQuestions
            report(
                "the agent knows no question '\(question)'\(Spelling.suggestion(for: question, among: known)); it knows \(known.joined(separator: ", "))",
                at: first.position
            )
            return nil
        }
        var byExec = false
        if let by = step["by"] {
            if by.scalar == "exec" {
                byExec = true
            } else {
                report("by: exec is the only other way to ask", at: by.position)
            }
        }
        if !byExec { needsSameHost = true }
        guard let inside = step["in"] else {
            report("an agent step says `in:` which container", at: node.position)
            return nil
        }
        guard let command = template(node, .list(.text)), let container = fixture(inside, "a container") else {
            return nil
        }
        if case .container(let state)? = scope[container]?.kind, state != .running {
            report("the container '\(container)' is not running here, so its agent cannot answer", at: inside.position)
        }
        return (.agent(AgentStep(question: question, command: command, container: container, byExec: byExec)), shape)
    }

    /// The command of `run:` must be one the agent knows, unless it is a reference.
    private mutating func checkRun(_ node: Node) {
        guard let first = node.items?.first, let command = first.scalar, !command.contains("${") else { return }
        let known = ForeignShapes.agentRunCommands
        if !known.contains(command) {
            report(
                "the agent has no command '\(command)'\(Spelling.suggestion(for: command, among: known)); it has \(known.joined(separator: ", "))",
                at: first.position
            )
        }
    }

    private mutating func host(_ node: Node) -> (Step.Action, Shape?)? {
        let acts = ["mount", "kill", "unmount-netns"]
        guard let entry = node.entries?.first, node.entries?.count == 1 else {
            report("host takes one look, such as {process: c}", at: node.position)
            return nil
        }
        if acts.contains(entry.key) {
            report(
                "host actions such as '\(entry.key)' are not yet part of this version of crisol",
                at: entry.keyPosition
            )
            return nil
        }
        if entry.key == "rotate-log" {
            return fixture(entry.value, "a container").map { (.rotateLog(container: $0), nil) }
        }
        guard let shape = ForeignShapes.hostLook(entry.key) else {
            let known = ForeignShapes.hostLooks + ["rotate-log"]
            report(
                "there is no look '\(entry.key)'\(Spelling.suggestion(for: entry.key, among: known)); there are \(known.joined(separator: ", "))",
                at: entry.keyPosition
            )
            return nil
        }
        let look: HostLook?
        switch entry.key {
        case "process": look = fixture(entry.value, "a container").map { .process(container: $0) }
        case "processes": look = fixture(entry.value, "a container").map { .processes(container: $0) }
        case "cgroup": look = fixture(entry.value, "a container").map { .cgroup(container: $0) }
        case "remains": look = fixture(entry.value, "a sandbox").map { .remains(sandbox: $0) }
        case "mounts": look = template(entry.value, .text).map { .mounts(under: $0) }
        case "file": look = template(entry.value, .text).map { .file(path: $0) }
        case "connect": look = template(entry.value, .text).map { .connect(to: $0) }
        default:
            if entry.value.scalar == "runtime" {
                look = .daemon
            } else {
                report("daemon: runtime is the only daemon", at: entry.value.position)
                look = nil
            }
        }
        return look.map { (.host($0), shape) }
    }
}

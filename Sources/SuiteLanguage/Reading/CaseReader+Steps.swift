import CRICatalog

/// Steps: their kind, and what every kind shares.
extension CaseReader {
    /// Reads the steps of a case or of a block.
    mutating func steps(_ node: Node) -> [Step] {
        guard let items = node.items, !items.isEmpty else {
            report("steps is a list of at least one step", at: node.position)
            return []
        }
        return items.enumerated().compactMap { step($1, number: $0 + 1) }
    }

    private mutating func step(_ node: Node, number: Int) -> Step? {
        guard let entries = node.entries else {
            report("a step is a mapping with one kind (\(StepKind.words.joined(separator: ", ")))", at: node.position)
            return nil
        }
        let found = entries.compactMap { entry in StepKind(rawValue: entry.key).map { (kind: $0, entry: entry) } }
        // `repeat: 5` with `parallel: 2` is one block.
        let kinds = found.filter { $0.kind != .parallel || !found.contains { $0.kind == .repeat } }
        guard let (kind, entry) = kinds.first, kinds.count == 1 else {
            let message =
                kinds.isEmpty
                ? "a step needs a kind: \(StepKind.words.joined(separator: ", "))\(Self.hint(entries))"
                : "a step has one kind, this has \(kinds.map(\.entry.key).joined(separator: " and "))"
            report(message, at: kinds.dropFirst().first?.entry.keyPosition ?? node.position)
            return nil
        }
        checkKeys(entries, known: kind.keys, of: "a \(kind.rawValue) step")
        guard let (action, result) = action(kind, entry.value, node) else { return nil }
        return finish(node, kind, entry, action, result, number: number)
    }

    private static func hint(_ entries: [Node.Entry]) -> String {
        entries.lazy.compactMap { Spelling.nearest(to: $0.key, among: StepKind.words) }.first
            .map { " (did you mean \($0)?)" } ?? ""
    }

    private mutating func action(_ kind: StepKind, _ value: Node, _ node: Node) -> (Step.Action, Shape?)? {
        switch kind {
        case .sandbox: return sandbox(value, node).map { ($0, nil) }
        case .container: return container(value, node).map { ($0, nil) }
        case .image: return image(value, node).map { ($0, nil) }
        case .directory: return directory(value, node).map { ($0, nil) }
        case .port: return port(value).map { ($0, nil) }
        case .call: return call(value, node).map { ($0, $1) }
        case .agent: return agent(value, node).map { ($0, $1) }
        case .log:
            needsSameHost = true
            return fixture(value, "a container").map { (.log(container: $0), Scope.log) }
        case .host: return host(value, node)
        case .registry: return registry(value, node)
        case .cni: return network(value, node)
        case .runtime: return runtime(value, node).map { ($0, nil) }
        case .named: return named(value, node)
        case .check: return checked(value).map { (.check($0), $1) }
        case .await: return background(value, ends: true).map { (.await($0), $1) }
        case .cancel: return background(value, ends: false).map { name, _ in (.cancel(name), nil) }
        case .repeat, .parallel: return block(kind, value, node)
        }
    }

    /// Expectations, repetition and binding: what every kind shares.
    private mutating func finish(
        _ node: Node,
        _ kind: StepKind,
        _ entry: Node.Entry,
        _ action: Step.Action,
        _ result: Shape?,
        number: Int
    ) -> Step? {
        let position = entry.keyPosition
        if let background = node["background"], kind.modifiers.contains("background") {
            return start(node, background, action, result, number: number, at: position)
        }
        var expected: [Expectation] = []
        if let expect = node["expect"] {
            if let result {
                let answer = Scope.Name(kind: .builtIn, shape: result, position: position, isUsed: true)
                scope["answer"] = answer
                expected = expectations(expect, in: result)
                checkErrno(expected, in: result)
                scope["answer"] = nil
            } else {
                report("a \(kind.rawValue) step has no result to expect anything of", at: expect.position)
            }
        }
        if let result, isCall(action), !expected.contains(where: { $0.path.text == "code" }),
            let code = path("code", in: result, at: position)
        {
            // A call that does not say otherwise must succeed.
            expected.insert(
                Expectation(path: code, matcher: .equals(.constant(.text("OK"))), position: position),
                at: 0
            )
        }
        if case .block = action {
            // What the block bound may be read nowhere but here.
            for name in expected.compactMap(\.path.fieldNames.first) { scope.use(name) }
        }
        let repetition = self.repetition(node, kind, hasExpectations: !expected.isEmpty)
        return Step(
            number: number,
            action: action,
            expectations: expected,
            save: node["save"].flatMap { save($0, result) },
            repetition: repetition,
            background: nil,
            recorded: node["record"].map { recorded($0, result) } ?? [],
            position: position
        )
    }

    /// Whether the result is that of one call, which is expected to be OK unless the case says otherwise.
    private func isCall(_ action: Step.Action) -> Bool {
        switch action {
        case .call: true
        case .await(let name): if case .background(let work) = scope[name]?.kind { work != .block } else { false }
        default: false
        }
    }

    private mutating func recorded(_ node: Node, _ result: Shape?) -> [ValuePath] {
        guard let items = node.items, let result else {
            report("record is a list of paths into the result", at: node.position)
            return []
        }
        return items.compactMap { item in
            plainText(item, "a path").flatMap { path($0, in: result, at: item.position) }
        }
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

    private mutating func repetition(_ node: Node, _ kind: StepKind, hasExpectations: Bool) -> Step.Repetition {
        if let eventually = node["eventually"], let always = node["always"] {
            report("a step is repeated either eventually or always", at: later(eventually, always).position)
            return .once
        }
        for key in ["eventually", "always"] {
            guard let bound = node[key] else { continue }
            if kind.isFixture {
                report("a \(kind.rawValue) is made once; repeat the step that looks at it", at: bound.position)
                return .once
            }
            if kind == .repeat || kind == .parallel {
                report("a block is done so many times as it says; '\(key)' goes to a step of it", at: bound.position)
                return .once
            }
            if node["fault"] != nil {
                report("a fault happens to one call: '\(key)' goes to a step after it", at: bound.position)
                return .once
            }
            if !hasExpectations {
                report("'\(key)' needs an expect", at: bound.position)
                return .once
            }
            guard let window = duration(bound, key) else { return .once }
            let every = node["every"].flatMap { duration($0, "every") }
            return key == "always" ? .always(window, every: every) : .eventually(window, every: every)
        }
        if let every = node["every"], kind != .repeat {
            report("'every' paces eventually, always or repeat", at: every.position)
        }
        return .once
    }

    private func later(_ left: Node, _ right: Node) -> Node {
        (left.position.line, left.position.column) > (right.position.line, right.position.column) ? left : right
    }

    // MARK: - Names

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
    mutating func fixture(_ node: Node, _ what: String) -> String? {
        guard let name = plainText(node, "the name of \(what)") else { return nil }
        let isRight: (Scope.Kind) -> Bool = { kind in
            switch kind {
            case .sandbox: what == "a sandbox"
            case .container: what == "a container"
            case .image: what == "an image"
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
}

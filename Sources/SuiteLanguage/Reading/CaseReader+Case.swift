import CRICatalog
import Outcome

extension CaseReader {
    static let caseKeys = [
        "id", "title", "level", "source", "why", "labels", "since", "needs", "unsupported-text", "requires", "uses",
        "subject", "timeout", "for", "steps", "watch", "when", "per", "expect",
    ]

    /// Keys of steps that are sometimes indented too little.
    private static let keysOfSteps = [
        "with", "call", "sandbox", "container", "save", "record", "eventually", "always", "background", "deadline",
        "run",
    ]

    /// Reads a case; `nil` when too much of it is wrong to go on, which is then reported.
    ///
    /// - Parameter written: the id before the rows of a matrix were added to it.
    mutating func read(
        _ node: Node,
        written: String?,
        suite: String,
        labels: [String],
        requirements: [Requirement],
        lines: ClosedRange<Int>
    ) -> Case? {
        guard let entries = node.entries else {
            report("a case is a mapping with id, title, level, source and steps", at: node.position)
            return nil
        }
        for entry in entries where !Self.caseKeys.contains(entry.key) && Self.keysOfSteps.contains(entry.key) {
            report("'\(entry.key)' belongs to a step: indent it as far as the step's other keys", at: entry.keyPosition)
        }
        checkKeys(entries, known: Self.caseKeys + Self.keysOfSteps, of: "a case")
        for key in ["id", "title", "level", "source"] where node[key] == nil {
            report("a case needs \(key == "id" ? "an id" : "a \(key)")", at: node.position)
        }
        let id = node["id"].flatMap { self.id($0, suite: suite) }
        let title = node["title"].flatMap { self.title($0) }
        let level = node["level"].flatMap { word($0, "the level", as: Level.self) }
        let sources = node["source"].map { plainTexts($0, "source") } ?? []
        if let source = node["source"], source.items?.isEmpty ?? false {
            report("source names at least one place where the requirement comes from", at: source.position)
        }
        let why = node["why"].flatMap { plainText($0, "why") }
        let own = node["labels"].map { plainTexts($0, "labels") } ?? []
        let needs = node["needs"].map { plainTexts($0, "needs") } ?? []
        let unsupported = node["unsupported-text"].map { plainTexts($0, "unsupported-text") } ?? []
        let timeout = node["timeout"].flatMap { duration($0, "timeout") } ?? .seconds(60)
        var required = requirements + (node["requires"].map { self.requirements($0) } ?? [])
        guard let body = body(node) else {
            if diagnostics.isEmpty { report("the case cannot be read", at: node.position) }
            return nil
        }
        if needsManaged { required.append(.managed) }
        if needsSameHost || needsManaged { required.append(.sameHost) }
        let subject = node["subject"].flatMap { self.subject($0) }
        guard let id, let title, let level, !sources.isEmpty else {
            // No case ever vanishes in silence.
            if diagnostics.isEmpty { report("the case cannot be read", at: node.position) }
            return nil
        }
        return Case(
            id: id,
            written: written ?? id,
            suite: suite,
            title: title,
            level: level,
            sources: sources,
            why: why,
            labels: labels + own,
            since: minor(node["since"]),
            needs: needs,
            unsupportedTexts: unsupported,
            requirements: Array(Set(required)).sorted(),
            locks: locks.union(node["uses"].map { self.locks($0) } ?? []),
            timeout: timeout,
            body: body,
            subject: subject,
            references: references,
            position: node["id"]?.position ?? node.position,
            lines: lines
        )
    }

    /// A title in which every name of a column has been filled in.
    private mutating func title(_ node: Node) -> String? {
        guard let title = filledText(node, "the title") else { return nil }
        if let name = title.firstMatch(of: #/\$\{([^}]*)\}/#)?.1 {
            report(
                "nothing is called '\(name)' here: a title takes the columns of the case's matrix",
                at: node.position
            )
        }
        return title
    }

    /// What nobody else may use meanwhile. Any word will do, but one that is nearly one of ours locks nothing of that.
    private mutating func locks(_ node: Node) -> [String] {
        let words = plainTexts(node, "uses")
        let known = [Case.wholeRuntimeLock, "events", "image-store"]
        for word in words where !known.contains(word) {
            let hint = Spelling.suggestion(for: word, among: known)
            if !hint.isEmpty { report("'\(word)' would be a lock of its own\(hint)", at: node.position) }
        }
        return words
    }

    /// The steps, or the rules of an invariant.
    private mutating func body(_ node: Node) -> Case.Body? {
        if let watch = node["watch"] {
            for key in ["steps", "subject", "timeout", "uses"] {
                if let other = node[key] {
                    report("an invariant watches what other cases do: it has no \(key)", at: other.position)
                }
            }
            let rules = rules(watch, node)
            return rules.isEmpty ? nil : .watch(rules)
        }
        for key in ["when", "per", "expect"] {
            if let other = node[key] { report("'\(key)' goes with watch, or to a step", at: other.position) }
        }
        guard let stepsNode = node["steps"] else {
            report("a case needs steps, or watch", at: node.position)
            return nil
        }
        let steps = steps(stepsNode)
        let all = steps.flatMap(\.withInner)
        if !all.isEmpty, !all.contains(where: { !$0.expectations.isEmpty }), diagnostics.isEmpty {
            report("a case without a single expectation proves nothing", at: stepsNode.position)
        }
        checkSaved()
        checkBackgrounds()
        return .steps(steps)
    }

    private mutating func id(_ node: Node, suite: String) -> String? {
        guard let id = plainText(node, "an id") else { return nil }
        // The last parts may be row names of a matrix, which may hold capitals and underscores.
        guard id.wholeMatch(of: /[a-z][a-z0-9-]*(\.[A-Za-z0-9_-]+)+/) != nil else {
            report(
                "an id is lower-case words and dashes joined by dots, such as \(suite).subject.behaviour, not '\(id)'",
                at: node.position
            )
            return nil
        }
        guard id.hasPrefix(suite + ".") else {
            report("the id '\(id)' must start with the suite's name, '\(suite).'", at: node.position)
            return nil
        }
        return id
    }

    /// The minor the author wrote, or the computed one; never older than that.
    private mutating func minor(_ node: Node?) -> KubernetesMinor {
        guard let node else { return since }
        guard case .scalar(let text, isPlain: false) = node.content, let written = KubernetesMinor(text) else {
            report("since is a quoted Kubernetes minor such as \"1.31\"", at: node.position)
            return since
        }
        if written < since {
            report(
                "since \(written) is older than what the case uses, which came with \(since): leave it out",
                at: node.position
            )
        }
        return max(written, since)
    }

    private mutating func checkSaved() {
        for (name, bound) in scope.names.sorted(by: { $0.key < $1.key }) where !bound.isUsed {
            if bound.kind == .saved { report("'\(name)' is saved and never read", at: bound.position) }
        }
    }

    private mutating func subject(_ node: Node) -> Case.Subject? {
        guard let text = plainText(node, "subject") else { return nil }
        let name = text.prefix { $0 != "." && $0 != "[" }
        let rest = String(text.dropFirst(name.count).drop { $0 == "." })
        let shape: Shape
        switch scope[String(name)]?.kind {
        case .sandbox: shape = .record("PodSandboxConfig", nil)
        case .container: shape = .record("ContainerConfig", nil)
        default:
            guard let rpc = catalog.rpc(named: String(name)) else {
                report("subject is NAME.field.path with NAME a fixture or an RPC, not '\(name)'", at: node.position)
                return nil
            }
            shape = .record(rpc.request, nil)
        }
        if rest.isEmpty {
            report("subject names a field: \(name).field", at: node.position)
            return nil
        }
        return path(rest, in: shape, at: node.position).map { Case.Subject(name: String(name), path: $0) }
    }

    /// Reads `requires` of a case or a file.
    mutating func requirements(_ node: Node) -> [Requirement] {
        guard let entries = node.entries else {
            report("requires is a mapping such as {cgroup: v2}", at: node.position)
            return []
        }
        checkKeys(entries, known: ["cgroup", "feature", "handler-feature", "cpus", "host"], of: "requires")
        var result: [Requirement] = []
        for entry in entries {
            switch entry.key {
            case "cgroup":
                switch entry.value.scalar {
                case "v1": result.append(.cgroup(1))
                case "v2": result.append(.cgroup(2))
                default: report("cgroup is v1 or v2", at: entry.value.position)
                }
            case "feature", "handler-feature":
                let isHandler = entry.key == "handler-feature"
                let message = catalog.message(named: isHandler ? "RuntimeHandlerFeatures" : "RuntimeFeatures")
                for name in plainTexts(entry.value, entry.key) {
                    guard let field = message?.field(named: name) else {
                        let known = message?.fields.map(\.jsonName) ?? []
                        report(
                            "the CRI has no feature '\(name)'\(Spelling.suggestion(for: name, among: known)); it has \(known.joined(separator: ", "))",
                            at: entry.value.position
                        )
                        continue
                    }
                    result.append(isHandler ? .handlerFeature(field.jsonName) : .feature(field.jsonName))
                }
            case "cpus":
                if let text = entry.value.scalar, let count = Int(text), (1...4096).contains(count) {
                    result.append(.cpus(count))
                } else {
                    report("cpus is a number from 1 to 4096", at: entry.value.position)
                }
            case "host":
                for word in plainTexts(entry.value, "host") {
                    if ForeignShapes.hostWords.contains(word) {
                        result.append(.host(word))
                    } else {
                        report(
                            "crisol cannot probe the host for '\(word)'\(Spelling.suggestion(for: word, among: ForeignShapes.hostWords)); it knows \(ForeignShapes.hostWords.joined(separator: ", "))",
                            at: entry.value.position
                        )
                    }
                }
            default: break
            }
        }
        return result
    }
}

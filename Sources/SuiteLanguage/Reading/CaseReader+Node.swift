import CRICatalog

/// Looks at the node, changes of it, and what is done to the managed runtime and its network.
extension CaseReader {
    /// `host: {LOOK: target}` or `host: {ACT: target}`.
    mutating func host(_ node: Node, _ step: Node) -> (Step.Action, Shape?)? {
        needsSameHost = true
        guard let entry = node.entries?.first, node.entries?.count == 1 else {
            report("host takes one look or act, such as {process: c}", at: node.position)
            return nil
        }
        if let from = step["from"], entry.key != "datagram" {
            report("only a datagram is sent `from` a port", at: from.position)
        }
        if HostAct.words.contains(entry.key) { return act(entry).map { (.act($0), nil) } }
        guard let shape = ForeignShapes.hostLook(entry.key) else {
            let known = ForeignShapes.hostLooks + HostAct.words
            report(
                "there is no look or act '\(entry.key)'\(Spelling.suggestion(for: entry.key, among: known)); there are \(known.joined(separator: ", "))",
                at: entry.keyPosition
            )
            return nil
        }
        return look(entry, step).map { (.host($0), shape) }
    }

    private mutating func look(_ entry: Node.Entry, _ step: Node) -> HostLook? {
        switch entry.key {
        case "process": return fixture(entry.value, "a container").map { .process(container: $0) }
        case "processes": return fixture(entry.value, "a container").map { .processes(container: $0) }
        case "cgroup": return fixture(entry.value, "a container").map { .cgroup(container: $0) }
        case "remains": return fixture(entry.value, "a sandbox").map { .remains(sandbox: $0) }
        case "mounts": return template(entry.value, .text).map { .mounts(under: $0) }
        case "file": return template(entry.value, .text).map { .file(path: $0) }
        case "connect": return template(entry.value, .text).map { .connect(to: $0) }
        case "datagram":
            let from = step["from"].flatMap { template($0, .integer(nil)) }
            return template(entry.value, .text).map { .datagram(to: $0, from: from) }
        default:
            if entry.value.scalar == "runtime" { return .daemon }
            report("daemon: runtime is the only daemon", at: entry.value.position)
            return nil
        }
    }

    private mutating func act(_ entry: Node.Entry) -> HostAct? {
        switch entry.key {
        case "mount": template(entry.value, .text).map { .mount(path: $0) }
        case "kill": ownSandbox(entry.value).map { .kill(sandbox: $0) }
        case "unmount-netns": ownSandbox(entry.value).map { .unmountNetworkNamespace(sandbox: $0) }
        case "suspend": ownSandbox(entry.value).map { .suspend(sandbox: $0) }
        case "resume": ownSandbox(entry.value).map { .resume(sandbox: $0) }
        default: fixture(entry.value, "a container").map { .rotateLog(container: $0) }
        }
    }

    /// A sandbox that no other case uses.
    private mutating func ownSandbox(_ node: Node) -> String? {
        guard let name = fixture(node, "a sandbox") else { return nil }
        if sharedSandboxes.contains(name) {
            report("'\(name)' is shared with other cases, which need it as it is", at: node.position)
        }
        return name
    }

    // MARK: - The managed runtime

    /// `runtime: WORD`: everything else must wait meanwhile.
    mutating func runtime(_ node: Node, _ step: Node) -> Step.Action? {
        needsManaged = true
        locks.insert(Case.wholeRuntimeLock)
        let after = step["after"].flatMap { duration($0, "after") }
        return word(node, "what is done to the runtime", as: RuntimeStep.Action.self).map {
            .runtime(RuntimeStep(action: $0, after: after))
        }
    }

    /// `cni: pod`, with or without `behave`.
    mutating func network(_ node: Node, _ step: Node) -> (Step.Action, Shape?)? {
        needsManaged = true
        guard let sandbox = fixture(node, "a sandbox") else { return nil }
        guard let behave = step["behave"] else {
            return (.network(NetworkStep(sandbox: sandbox, behaviour: nil)), Scope.network)
        }
        guard let entries = behave.entries else {
            report("behave is a mapping such as {ADD: {delay: 2s}}; {} is healthy", at: behave.position)
            return nil
        }
        var behaviour: [NetworkStep.Command: NetworkStep.Behaviour] = [:]
        let commands = NetworkStep.Command.allCases.map(\.rawValue)
        for entry in entries {
            guard let command = NetworkStep.Command(rawValue: entry.key) else {
                report(
                    "the network plugin has no command '\(entry.key)'\(Spelling.suggestion(for: entry.key, among: commands)); it has \(commands.joined(separator: ", "))",
                    at: entry.keyPosition
                )
                continue
            }
            behaviour[command] = networkBehaviour(entry.value)
        }
        return (.network(NetworkStep(sandbox: sandbox, behaviour: behaviour)), Scope.network)
    }

    private mutating func networkBehaviour(_ node: Node) -> NetworkStep.Behaviour? {
        guard let entry = node.entries?.first, node.entries?.count == 1 else {
            report("one of {hold: true}, {delay: 2s}, {fail: 1}", at: node.position)
            return nil
        }
        switch entry.key {
        case "hold" where entry.value.scalar == "true": return .hold
        case "delay": return duration(entry.value, "delay").map { .delay($0) }
        case "fail":
            if let text = entry.value.scalar, let times = Int(text), (1...1000).contains(times) {
                return .fail(times: times)
            }
            report("fail is a number of times from 1 to 1000", at: entry.value.position)
        default: report("one of {hold: true}, {delay: 2s}, {fail: 1}", at: entry.keyPosition)
        }
        return nil
    }
}

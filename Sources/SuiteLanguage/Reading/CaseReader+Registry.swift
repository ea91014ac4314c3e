import CRICatalog
import TestImages

/// How repositories answer: `behave` of an image, and the steps that change it or look at what was asked.
extension CaseReader {
    private static let behaviourKeys = [
        "auth", "accept", "anonymous", "answer", "stall", "cut", "slow", "corrupt", "missing", "redirect",
    ]

    /// `registry: img`, with or without `behave`.
    mutating func registry(_ node: Node, _ step: Node) -> (Step.Action, Shape?)? {
        guard let image = fixture(node, "an image") else { return nil }
        let behaviour = step["behave"].flatMap { self.behaviour($0) }
        return (.registry(RegistryStep(image: image, behaviour: behaviour)), Scope.registry)
    }

    /// `behave: {...}`; an empty mapping is a healthy repository.
    mutating func behaviour(_ node: Node) -> RepositoryBehaviour? {
        guard let entries = node.entries else {
            report("behave is a mapping such as {stall: {kind: layer, after: 64KiB}}; {} is healthy", at: node.position)
            return nil
        }
        checkKeys(entries, known: Self.behaviourKeys, of: "behave")
        var result = RegistryBehaviour()
        result.answer = node["answer"].flatMap { answer($0) }
        result.stall = node["stall"].flatMap { stall($0) }
        result.cut = node["cut"].flatMap { cut($0) }
        result.slow = node["slow"].flatMap { slow($0) }
        result.corrupt = node["corrupt"].flatMap { word($0, "corrupt", as: RegistryTarget.self) }
        result.missing = node["missing"].flatMap { word($0, "missing", as: RegistryTarget.self) }
        result.redirect = node["redirect"].flatMap { redirect($0) }
        let scheme = node["auth"].flatMap { word($0, "auth", as: RegistryAuthentication.Scheme.self) }
        let accepted = node["accept"].flatMap { template($0, .record("AuthConfig", nil)) }
        if scheme != nil, node["accept"] == nil {
            report("auth says with `accept` which AuthConfig is let in", at: node["auth"]?.position ?? node.position)
        }
        if scheme == nil, let accept = node["accept"] {
            report("accept goes with auth: basic or bearer", at: accept.position)
        }
        return RepositoryBehaviour(
            behaviour: result,
            scheme: scheme,
            accepted: accepted,
            allowsAnonymous: node["anonymous"].flatMap { flag($0, "anonymous") } ?? false
        )
    }

    private mutating func answer(_ node: Node) -> RegistryBehaviour.Answer? {
        guard let parts = parts(node, "answer", ["status", "kind", "times", "retry-after"]) else { return nil }
        guard let text = node["status"]?.scalar, let status = Int(text),
            RegistryBehaviour.Answer.statuses.contains(status)
        else {
            report("an answer has a status from 400 to 599", at: node["status"]?.position ?? node.position)
            return nil
        }
        return RegistryBehaviour.Answer(
            status: status,
            parts.target,
            times: parts.times,
            retryAfter: node["retry-after"].flatMap { duration($0, "retry-after") }
        )
    }

    private mutating func stall(_ node: Node) -> RegistryBehaviour.Stall? {
        guard let parts = parts(node, "stall", ["kind", "after", "silent", "times"]) else { return nil }
        let isSilent = node["silent"].flatMap { flag($0, "silent") } ?? false
        if isSilent, let after = node["after"] { report("a silent stall sends nothing at all", at: after.position) }
        return RegistryBehaviour.Stall(
            parts.target,
            isSilent ? .beforeHead : .afterBytes(node["after"].flatMap { size($0, "after") } ?? 0),
            times: parts.times
        )
    }

    private mutating func cut(_ node: Node) -> RegistryBehaviour.Cut? {
        guard let parts = parts(node, "cut", ["kind", "after", "times"]) else { return nil }
        return RegistryBehaviour.Cut(
            parts.target,
            after: node["after"].flatMap { size($0, "after") } ?? 0,
            times: parts.times
        )
    }

    private mutating func slow(_ node: Node) -> RegistryBehaviour.Slow? {
        guard let parts = parts(node, "slow", ["kind", "rate"]) else { return nil }
        guard let rate = node["rate"].flatMap({ size($0, "rate") }), rate > 0 else {
            report("slow has a rate in bytes per second, such as 64KiB", at: node.position)
            return nil
        }
        return RegistryBehaviour.Slow(parts.target, rate: rate)
    }

    private mutating func redirect(_ node: Node) -> RegistryBehaviour.Redirect? {
        guard let parts = parts(node, "redirect", ["kind", "times", "loops"]) else { return nil }
        return RegistryBehaviour.Redirect(
            parts.target,
            times: parts.times,
            loops: node["loops"].flatMap { flag($0, "loops") } ?? false
        )
    }

    /// What most behaviours have: `kind` (any by default) and `times` (always by default).
    private mutating func parts(_ node: Node, _ what: String, _ keys: [String]) -> (
        target: RegistryTarget, times: Int?
    )? {
        guard let entries = node.entries else {
            report("\(what) is a mapping with \(keys.joined(separator: ", "))", at: node.position)
            return nil
        }
        checkKeys(entries, known: keys, of: what)
        let target = node["kind"].flatMap { word($0, "kind", as: RegistryTarget.self) } ?? .any
        var times: Int?
        if let node = node["times"] {
            guard let text = node.scalar, let number = Int(text), (1...1_000_000).contains(number) else {
                report("times is a number from 1", at: node.position)
                return nil
            }
            times = number
        }
        return (target, times)
    }

    mutating func flag(_ node: Node, _ what: String) -> Bool? {
        if case .scalar(let text, isPlain: true) = node.content, let value = Bool(text) { return value }
        report("\(what) is true or false", at: node.position)
        return nil
    }
}

import CRICatalog
import FaultModel

/// Which calls a rule is about.
extension CaseReader {
    /// The keys of `match`, with one line on each.
    static let matchKeys: [(key: String, help: String)] = [
        ("service", "RuntimeService or ImageService, `*` stands for any text"),
        ("method", "RPCs, `*PodSandbox`"),
        ("metadata", "headers of the request: name to what the value looks like"),
        ("request", "fields of the request: path to what the value looks like"),
        ("namespace", "namespaces of the pod"), ("pod", "names of the pod"), ("uid", "uids of the pod"),
        ("labels", "labels the pod has: key to what the value looks like"),
        ("annotations", "annotations the pod has: key to what the value looks like"),
        ("container", "names of the container"), ("image", "references of the image"),
        ("runtime-handler", "runtime handlers of the pod; \"\" is the default one"),
        ("connection", "runtime or image: which of kubelet's two connections"),
        ("scope", "node: calls that name no pod are meant too"),
    ]

    /// A match and the places of what it is made of.
    struct ReadMatch {
        var match = Match()
        /// Where `match` stands.
        let position: SourcePosition
        /// The pattern of each method with its place.
        var methods: [(glob: Glob, position: SourcePosition)] = []
        /// Where each key stands.
        var keys: [String: SourcePosition] = [:]
        /// Whether a service is meant that is not the CRI's: its methods are not known.
        var isForeign = false
        /// The RPCs of the CRI that service, method and connection mean.
        var rpcs: [RPC] = []

        func position(of key: String) -> SourcePosition { keys[key] ?? position }
    }

    /// Reads `match`.
    mutating func faultMatch(_ node: Node) -> ReadMatch {
        var read = ReadMatch(position: node.position)
        guard let entries = node.isNull ? [] : node.entries else {
            report("match is a mapping: which calls the rule is about", at: node.position)
            return read
        }
        checkKeys(entries, known: Self.matchKeys.map(\.key), of: "match")
        for entry in entries { read.keys[entry.key] = entry.value.position }
        read.match.services = globs(node["service"], "service").map(\.glob)
        read.methods = globs(node["method"], "method")
        read.match.methods = read.methods.map(\.glob)
        read.match.namespaces = globs(node["namespace"], "namespace").map(\.glob)
        read.match.pods = globs(node["pod"], "pod").map(\.glob)
        read.match.uids = globs(node["uid"], "uid").map(\.glob)
        read.match.containers = globs(node["container"], "container").map(\.glob)
        read.match.images = globs(node["image"], "image").map(\.glob)
        read.match.runtimeHandlers = globs(node["runtime-handler"], "runtime-handler").map(\.glob)
        read.match.labels = globMap(node["labels"], "labels")
        read.match.annotations = globMap(node["annotations"], "annotations")
        read.match.metadata = globMap(node["metadata"], "metadata").sorted { $0.key < $1.key }
            .map { Match.Metadata($0.key, $0.value) }
        read.match.fields = globMap(node["request"], "request").sorted { $0.key < $1.key }
            .map { Match.Field($0.key, $0.value) }
        read.match.connection = node["connection"].flatMap { word($0, "connection", as: CallFacts.Connection.self) }
        if let scope = node["scope"] {
            if scope.scalar == "node" {
                read.match.includesNodeCalls = true
            } else {
                report("scope is node: calls that name no pod are meant too", at: scope.position)
            }
        }
        checkServices(&read, node["service"])
        read.rpcs = catalog.rpcs.filter { rpc in
            read.match.services.fit(rpc.service.qualifiedName, rpc.service.rawValue) && read.match.methods.fit(rpc.name)
                && (read.match.connection.map { $0.service == rpc.service } ?? true)
        }
        checkMethods(read)
        return read
    }

    private mutating func checkServices(_ read: inout ReadMatch, _ node: Node?) {
        let known = RPC.Service.allCases.flatMap { [$0.rawValue, $0.qualifiedName] }
        for (glob, position) in globs(node, "service", reports: false)
        where !known.contains(where: { glob.matches($0) }) {
            // The proxy also carries what the CRI does not have; that must be written so that it is no slip.
            if glob.isLiteral, glob.description.contains("."), !glob.description.hasPrefix("runtime.v1.") {
                read.isForeign = true
            } else {
                let hint = Spelling.suggestion(for: glob.description, among: known)
                report("the CRI has no service '\(glob)'\(hint)", at: position)
            }
        }
    }

    private mutating func checkMethods(_ read: ReadMatch) {
        guard !read.isForeign else { return }
        let names = catalog.rpcs.map(\.name)
        for (glob, position) in read.methods {
            guard names.contains(where: { glob.matches($0) }) else {
                let hint = Spelling.suggestion(for: glob.description, among: names)
                report("the CRI has no RPC '\(glob)'\(hint)", at: position)
                continue
            }
            if !read.rpcs.contains(where: { glob.matches($0.name) }) {
                let owner = catalog.rpcs.first { glob.matches($0.name) }?.service.rawValue ?? ""
                report("'\(glob)' is one of \(owner)'s, which this match does not mean", at: position)
            }
        }
    }

    // MARK: - Patterns

    /// One pattern or a list of them; nothing when the key is not there.
    private mutating func globs(
        _ node: Node?,
        _ what: String,
        reports: Bool = true
    ) -> [(glob: Glob, position: SourcePosition)] {
        guard let node else { return [] }
        let before = diagnostics
        defer { if !reports { diagnostics = before } }
        guard let items = node.items else { return glob(node, what).map { [($0, node.position)] } ?? [] }
        if items.isEmpty { report("an empty list asks for nothing: leave '\(what)' out", at: node.position) }
        return items.compactMap { item in glob(item, "an item of \(what)").map { ($0, item.position) } }
    }

    /// Numbers and booleans are taken as they are written: only text is compared.
    private mutating func glob(_ node: Node, _ what: String) -> Glob? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            report("\(what) is text, `*` stands for any, this is \(node.kindWord)", at: node.position)
            return nil
        }
        guard text.utf8.count <= Glob.limit else {
            report("a pattern has up to \(Glob.limit) bytes", at: node.position)
            return nil
        }
        return Glob(text)
    }

    private mutating func globMap(_ node: Node?, _ what: String) -> [String: Glob] {
        guard let node else { return [:] }
        guard let entries = node.entries, !entries.isEmpty else {
            report("\(what) is a mapping of names to what the value looks like", at: node.position)
            return [:]
        }
        var result: [String: Glob] = [:]
        for entry in entries { result[entry.key] = glob(entry.value, "the value of '\(entry.key)'") }
        return result
    }
}

extension [Glob] {
    /// Whether nothing is asked, or one of the names is meant.
    func fit(_ names: String...) -> Bool { isEmpty || contains { glob in names.contains { glob.matches($0) } } }
}

extension CallFacts.Connection {
    /// The service kubelet speaks to over this connection.
    var service: RPC.Service {
        switch self {
        case .runtime: .runtime
        case .image: .image
        }
    }
}

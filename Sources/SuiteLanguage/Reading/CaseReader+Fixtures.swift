import CRICatalog
import TestImages

/// Fixtures: what a case needs that the runner makes and removes.
extension CaseReader {
    mutating func sandbox(_ node: Node, _ step: Node) -> Step.Action? {
        let config = step["with"].flatMap { template($0, .record("PodSandboxConfig", nil), removes: true) }
        let handler = step["runtime-handler"].flatMap { template($0, .text) }
        let state =
            step["state"].map { word($0, "the state of a sandbox", as: SandboxFixture.State.self) ?? .ready } ?? .ready
        let isShared = step["shared"]?.scalar == "true"
        if let shared = step["shared"] {
            if !isShared { report("shared: true is the only one that can be said", at: shared.position) }
            for key in ["with", "state", "runtime-handler"] {
                if let other = step[key] {
                    report("a shared sandbox is the default one, as it is: no \(key)", at: other.position)
                }
            }
        }
        guard let name = newName(node) else { return nil }
        if isShared { sharedSandboxes.insert(name) }
        scope[name] = Scope.Name(kind: .sandbox(state), shape: Scope.sandbox, position: node.position)
        return .sandbox(
            SandboxFixture(name: name, state: state, isShared: isShared, with: config, runtimeHandler: handler)
        )
    }

    mutating func container(_ node: Node, _ step: Node) -> Step.Action? {
        let config = step["with"].flatMap { template($0, .record("ContainerConfig", nil), removes: true) }
        let arguments = step["run"].flatMap { template($0, .list(.text)) }
        checkRun(step)
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

    mutating func image(_ node: Node, _ step: Node) -> Step.Action? {
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
        let compression = step["compression"].flatMap { word($0, "compression", as: LayerCompression.self) } ?? .none
        let format = step["format"].flatMap { word($0, "format", as: ImageFormat.self) } ?? .oci
        let platforms = step["platforms"].map { self.platforms($0) } ?? []
        let transport = step["over"].flatMap { word($0, "over", as: SecureTransport.self) } ?? .http
        // Only a runtime of our own can be told whom to trust.
        if transport != .http { needsManaged = true }
        let behaviour = step["behave"].flatMap { self.behaviour($0) }
        if behaviour != nil, state == .pulled {
            report(
                "an image that misbehaves is only served: say `state: served`",
                at: step["behave"]?.position ?? node.position
            )
        }
        guard let name = newName(node) else { return nil }
        scope[name] = Scope.Name(kind: .image, shape: Scope.image, position: node.position)
        return .image(
            ImageFixture(
                name: name,
                state: state,
                config: config,
                files: files,
                tags: tags,
                layers: layers,
                compression: compression,
                format: format,
                platforms: platforms,
                transport: transport,
                behaviour: behaviour
            )
        )
    }

    private mutating func platforms(_ node: Node) -> [ImagePlatform] {
        plainTexts(node, "platforms").compactMap { text in
            if text == "${node.platform}" { return .current }
            if let platform = ImagePlatform(text) { return platform }
            report("a platform is linux/amd64 or linux/arm64/v8, not '\(text)'", at: node.position)
            return nil
        }
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
        checkRun(image: node)
        return .record(type: "image configuration", fields: fields)
    }

    /// A host port nobody else gets.
    mutating func port(_ node: Node) -> Step.Action? {
        needsSameHost = true
        guard let name = newName(node) else { return nil }
        scope[name] = Scope.Name(kind: .port, shape: Scope.port, position: node.position)
        return .port(PortFixture(name: name))
    }
}

import CRICatalog
import CRIClient
import Foundation
import HostProbe
import ManagedRuntime
import Outcome
import SuiteLanguage
import TestImages

extension CaseRun {
    // MARK: - Sandboxes

    func make(_ fixture: SandboxFixture, _ step: Step) async throws {
        if fixture.isShared { return try await share(fixture, step) }
        let uid = UUID().uuidString.lowercased()
        let base = Value.record(defaults.sandbox(name: nextName("pod"), uid: uid))
        let config = try merged(fixture.with, of: fixture.name, onto: base)
        var request = Record(type: "RunPodSandboxRequest", fields: ["config": .record(config)])
        let handler = try text(fixture.runtimeHandler) ?? context.runtimeHandler
        if !handler.isEmpty { request["runtimeHandler"] = .text(handler) }
        var plan = SandboxPlan(
            name: fixture.name,
            config: config,
            request: request,
            isDefault: fixture.with == nil && fixture.runtimeHandler == nil
        )
        try makeFolder(plan.logDirectory)
        sandboxes[fixture.name] = plan
        bindings.values[fixture.name] = .record(
            Record(
                type: "sandbox",
                fields: [
                    "request": .record(request), "config": .record(config),
                    "cgroup-parent": .text(plan.cgroupParent), "log-directory": .text(plan.logDirectory),
                ]
            )
        )
        guard fixture.state == .ready else { return }
        let (record, answer) = try await call("RunPodSandbox", request)
        let id = answer["podSandboxId"]?.text ?? ""
        try require(record, id, "podSandboxId", step, isDefault: plan.isDefault)
        plan.id = id
        sandboxes[fixture.name] = plan
        setPart("id", of: fixture.name, to: .text(id))
        if item.references.contains("\(fixture.name).ip") { try await findAddress(of: plan) }
    }

    /// Binds the sandbox that other cases use too. It carries no label of this case, so its removal is not this case's.
    private func share(_ fixture: SandboxFixture, _ step: Step) async throws {
        let defaults = FixtureDefaults(context: context, facts: setting.facts, caseToken: "shared")
        switch await context.sharedSandbox.get(caller, defaults) {
        case .failed(let record): try require(record, "", "podSandboxId", step, isDefault: true)
        case .ready(var plan):
            plan.name = fixture.name
            sandboxes[fixture.name] = plan
            bindings.values[fixture.name] = .record(
                Record(
                    type: "sandbox",
                    fields: [
                        "id": .text(plan.id), "request": .record(plan.request), "config": .record(plan.config),
                        "cgroup-parent": .text(plan.cgroupParent), "log-directory": .text(plan.logDirectory),
                    ]
                )
            )
            if item.references.contains("\(fixture.name).ip") { try await findAddress(of: plan) }
        }
    }

    private func findAddress(of plan: SandboxPlan) async throws {
        let (_, answer) = try await call(
            "PodSandboxStatus",
            Record(type: "PodSandboxStatusRequest", fields: ["podSandboxId": .text(plan.id)])
        )
        let address = answer["status"]?.record?["network"]?.record?["ip"]?.text ?? ""
        guard !address.isEmpty else { return }
        setPart("ip", of: plan.name, to: .text(address))
    }

    // MARK: - Containers

    func make(_ fixture: ContainerFixture, _ step: Step) async throws {
        guard let pod = sandboxes[fixture.sandbox] else {
            throw StepProblem.harness("the sandbox \(fixture.sandbox) was never made")
        }
        var plan = try plan(fixture, in: pod)
        containers[fixture.name] = plan
        bindings.values[fixture.name] = .record(
            Record(
                type: "container",
                fields: [
                    "request": .record(plan.request), "config": .record(plan.config), "log-path": .text(plan.logPath),
                ]
            )
        )
        guard fixture.state != .planned else { return }
        if let imageProblem = setting.imageProblem {
            throw StepProblem.setUp(
                setUpFailure(step, path: "image", expected: "the test image on the node", actual: imageProblem)
            )
        }
        let (record, answer) = try await call("CreateContainer", plan.request)
        let id = answer["containerId"]?.text ?? ""
        try require(record, id, "containerId", step, isDefault: plan.isDefault)
        plan.id = id
        containers[fixture.name] = plan
        setPart("id", of: fixture.name, to: .text(id))
        guard fixture.state != .created else { return }
        let (started, _) = try await call(
            "StartContainer",
            Record(type: "StartContainerRequest", fields: ["containerId": .text(id)])
        )
        try require(started, "-", "", step, isDefault: plan.isDefault)
        if fixture.state == .exited { return try await awaitExit(plan, step) }
        try await settle(plan)
    }

    /// Waits until the agent handles signals, and notes where its process is.
    ///
    /// A runtime that does not mount the folder is found by the case about that; here the wait just ends.
    func settle(_ plan: ContainerPlan) async throws {
        guard looksAtNode else { return }
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(5) * bindings.slack
        while !FileManager.default.fileExists(atPath: "\(plan.mailbox)/ready"), clock.now < deadline {
            try await Task.sleep(for: .milliseconds(5), clock: clock)
        }
        let isFirst = !context.sightings.areHostProcesses(handler(of: plan))
        guard isFirst || item.requirements.contains(.sameHost), let pid = try? hostProcess(of: plan) else { return }
        containers[plan.name]?.cgroup = try? ProcessProbe(root: context.root).membership(of: pid)
        if item.references.contains("\(plan.name).pid") {
            setPart("pid", of: plan.name, to: .integer(Int128(pid)))
        }
    }

    private func plan(_ fixture: ContainerFixture, in pod: SandboxPlan) throws -> ContainerPlan {
        let word = Self.randomWord(24)
        let mailbox = "\(context.folder)/mail/\(word)"
        try makeFolder(mailbox, mode: 0o777)
        let base = defaults.container(
            name: nextName("c"),
            in: pod.config,
            token: word,
            mailbox: mailbox
        )
        var config = try merged(fixture.with, of: fixture.name, onto: .record(base))
        if let arguments = fixture.arguments { config["args"] = try value(arguments, "run") }
        config = keepingMailbox(config, mailbox, word)
        ledger.track { $0.uses(token: word) }
        let request = Record(
            type: "CreateContainerRequest",
            fields: [
                "podSandboxId": .text(pod.id), "config": .record(config), "sandboxConfig": .record(pod.config),
            ]
        )
        let logPath = config["logPath"]?.text ?? ""
        // kubelet makes the folder of the log file before it asks for the container, and Docker's shim relies on it.
        let folders = logPath.split(separator: "/").dropLast()
        if !folders.contains("..") {
            try makeFolder(([pod.logDirectory] + folders.map(String.init)).joined(separator: "/"))
        }
        let plan = ContainerPlan(
            name: fixture.name,
            sandbox: fixture.sandbox,
            config: config,
            request: request,
            isDefault: fixture.with == nil,
            token: word,
            mailbox: mailbox,
            logPath: logPath.isEmpty ? "" : "\(pod.logDirectory)/\(logPath)"
        )
        ledger.add(plan)
        return plan
    }

    /// The way to the agent stays, whatever the case's own `mounts` and `envs` say.
    private func keepingMailbox(_ config: Record, _ mailbox: String, _ word: String) -> Record {
        var config = config
        let mount = Value.record(defaults.mailboxMount(mailbox))
        let mounts = config["mounts"]?.list ?? []
        if !mounts.contains(mount) { config["mounts"] = .list(mounts + [mount]) }
        let mark = Value.record(
            Record(type: "KeyValue", fields: ["key": .text("CRISOL_TOKEN"), "value": .text(word)])
        )
        let variables = config["envs"]?.list ?? []
        if !variables.contains(mark) { config["envs"] = .list(variables + [mark]) }
        return config
    }

    /// Waits until the runtime says that the container has exited.
    private func awaitExit(_ plan: ContainerPlan, _ step: Step) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(30) * bindings.slack
        let request = Record(type: "ContainerStatusRequest", fields: ["containerId": .text(plan.id)])
        var pause = Duration.milliseconds(20)
        while true {
            let (record, answer) = try await call("ContainerStatus", request)
            let state = answer["status"]?.record?["state"].map { ValueText.plain($0) } ?? "CONTAINER_CREATED"
            if record.code == .ok, state == "CONTAINER_EXITED" { return }
            guard clock.now < deadline else {
                throw StepProblem.setUp(
                    setUpFailure(step, path: "status.state", expected: "CONTAINER_EXITED within 30s", actual: state)
                )
            }
            try await Task.sleep(for: pause, clock: clock)
            pause = min(pause * 3 / 2, .milliseconds(500))
        }
    }

    // MARK: - Images

    func make(_ fixture: ImageFixture, _ step: Step) async throws {
        let repository = "\(context.repositoryPrefix)/\(setting.token)-\(fixture.name.lowercased())"
        let image: BuiltImage
        let digest: ContentDigest
        do {
            (image, digest) = try serve(fixture, repository)
            if let behaviour = fixture.behaviour {
                context.registry.behave(try registryBehaviour(behaviour), repository: repository)
            }
        } catch let error as StepProblem {
            throw error
        } catch {
            throw StepProblem.harness("image \(fixture.name): \(error)")
        }
        ledger.track { $0.serves(repository) }
        let address =
            fixture.transport == .http ? context.registry.address : context.secureAddresses[fixture.transport]
        guard let address else { throw StepProblem.harness("the registry does not listen with TLS in this run") }
        let name = "\(address)/\(repository)"
        let references = fixture.tags.map { "\(name):\($0)" }
        let first = references.first ?? "\(name)@\(digest)"
        let config = image.configurationDigest.description
        bindings.values[fixture.name] = .record(
            Record(
                type: "image",
                fields: [
                    Bindings.itself: .record(Record(type: "ImageSpec", fields: ["image": .text(first)])),
                    "name": .text(name), "ref": .text(first), "refs": .list(references.map { .text($0) }),
                    "digest": .text(digest.description),
                    "digest-ref": .text("\(name)@\(digest)"), "id": .text(config),
                    "bare-id": .text(String(config.drop { $0 != ":" }.dropFirst())),
                ]
            )
        )
        images[fixture.name] = repository
        guard fixture.state == .pulled else { return }
        for reference in references {
            let spec = Record(type: "ImageSpec", fields: ["image": .text(reference)])
            let (record, answer) = try await call(
                "PullImage",
                Record(type: "PullImageRequest", fields: ["image": .record(spec)])
            )
            try require(record, answer["imageRef"]?.text ?? "", "imageRef", step, isDefault: fixture.isPlain)
        }
    }

    /// Builds the image, or the index of one for each platform, and serves it; the node's own image, and the digest
    /// the tags name.
    private func serve(_ fixture: ImageFixture, _ repository: String) throws -> (BuiltImage, ContentDigest) {
        let recipe = try recipe(fixture)
        guard !fixture.platforms.isEmpty else {
            let image = try ImageBuilder.build(recipe, agent: context.agent)
            context.registry.serve(image, repository: repository, tags: fixture.tags)
            return (image, image.manifestDigest)
        }
        let index = try ImageBuilder.buildIndex(recipe, platforms: fixture.platforms, agent: context.agent)
        context.registry.serve(index, repository: repository, tags: fixture.tags)
        guard let own = index.images.first(where: { $0.platform == .current }) ?? index.images.first else {
            throw StepProblem.harness("the image \(fixture.name) has no platform")
        }
        return (own, index.digest)
    }

    private func recipe(_ fixture: ImageFixture) throws -> ImageRecipe {
        // Every fixture is an image of its own, so that removing one never removes another case's.
        var recipe = ImageRecipe.agent.marked("\(setting.token)-\(fixture.name)")
        for (path, content) in fixture.files {
            guard case .bytes(let bytes) = try value(content, "files") else { continue }
            recipe.files["/" + path] = .file(bytes)
        }
        recipe.extraLayers = fixture.layers
        recipe.compression = fixture.compression
        recipe.format = fixture.format
        guard let config = try fixture.config.map({ try value($0, "config") })?.record else { return recipe }
        func texts(_ name: String) -> [String]? { config[name]?.list?.compactMap(\.text) }
        recipe.configuration.environment = texts("Env")
        recipe.configuration.entrypoint = texts("Entrypoint")
        recipe.configuration.command = texts("Cmd")
        recipe.configuration.user = config["User"]?.text
        recipe.configuration.workingDirectory = config["WorkingDir"]?.text
        recipe.configuration.stopSignal = config["StopSignal"]?.text
        recipe.configuration.volumes = texts("Volumes").map { Set($0) }
        recipe.configuration.exposedPorts = texts("ExposedPorts").map { Set($0) }
        if case .map(let labels)? = config["Labels"] {
            recipe.configuration.labels = labels.mapValues { $0.text ?? "" }
        }
        return recipe
    }

    // MARK: - Directories

    func make(_ fixture: DirectoryFixture) throws {
        let folder = "\(context.folder)/directories/\(Self.randomWord(24))"
        // Containers run as any user.
        try makeFolder(folder, mode: 0o777)
        for (path, content) in fixture.files {
            guard case .bytes(let bytes) = try value(content, "files") else { continue }
            let file = URL(fileURLWithPath: "\(folder)/\(path)")
            try makeFolder(file.deletingLastPathComponent().path, mode: 0o777)
            do { try Data(bytes).write(to: file) } catch {
                throw StepProblem.harness("the file \(path) cannot be written: \(error.localizedDescription)")
            }
        }
        if fixture.isShared { try share(folder) }
        bindings.values[fixture.name] = .record(Record(type: "directory", fields: ["path": .text(folder)]))
    }

    /// Makes the folder a mount of its own whose mounts propagate both ways.
    private func share(_ folder: String) throws {
        try willMount(folder)
        if let problem = HostMount.bindShared(folder) { throw StepProblem.harness("\(folder): \(problem)") }
    }

    // MARK: - Ports

    func make(_ fixture: PortFixture) throws {
        guard let port = context.ports.next() else { throw StepProblem.harness("no port of this node is free") }
        ledger.track { $0.uses(port: Int(port)) }
        bindings.values[fixture.name] = .record(
            Record(type: "port", fields: [Bindings.itself: .integer(Int128(port))])
        )
    }

    // MARK: - What all of them need

    /// A fixture that could not be made. With its defaults that is a failure at any level; with what the case
    /// asked for, the case's own.
    private func require(
        _ record: CallRecord,
        _ id: String,
        _ field: String,
        _ step: Step,
        isDefault: Bool
    ) throws {
        guard record.code != .ok || id.isEmpty else { return }
        if record.code.name == "UNIMPLEMENTED", !record.rpc.isCore {
            throw StepProblem.unsupported("\(record.rpc.name) answered UNIMPLEMENTED: \(record.message)")
        }
        if let text = item.unsupportedTexts.first(where: { record.message.contains($0) }) {
            throw StepProblem.unsupported("\(record.rpc.name) was refused with '\(text)': \(record.message)")
        }
        let failure =
            record.code == .ok
            ? setUpFailure(step, path: field, expected: "an id", actual: "an empty one")
            : setUpFailure(
                step,
                path: "\(record.rpc.name) code",
                expected: "OK",
                actual: "\(record.code.name) \"\(record.message)\""
            )
        throw isDefault ? StepProblem.setUp(failure) : StepProblem.broken(failure, observed: [:])
    }

    private func setUpFailure(_ step: Step, path: String, expected: String, actual: String) -> Failure {
        let position = step.position.description
        return Failure(
            step: step.number,
            action: step.summary,
            position: position,
            breaches: [Breach(path: path, expected: expected, actual: actual, position: position)]
        )
    }

    private func merged(_ template: Template?, of name: String, onto base: Value) throws -> Record {
        guard var template else { return base.record ?? Record(type: "") }
        if let omission = setting.omission, omission.name == name { template = omission.applied(to: template) }
        do {
            return try template.value(in: bindings, onto: base).record ?? Record(type: "")
        } catch {
            throw StepProblem.harness("the fixture \(name): \(error.message)")
        }
    }

    func value(_ template: Template, _ what: String) throws -> Value {
        do { return try template.value(in: bindings) } catch {
            throw StepProblem.harness("\(what): \(error.message)")
        }
    }

    func text(_ template: Template?) throws -> String? {
        guard let template else { return nil }
        return ValueText.plain(try value(template, "a text"))
    }

    private func makeFolder(_ path: String, mode: Int = 0o755) throws {
        guard path.hasPrefix(context.folder) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: mode]
            )
            // The umask takes bits away that processes of other users in the container need.
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        } catch {
            throw StepProblem.harness("the folder \(path) cannot be made: \(error.localizedDescription)")
        }
    }
}

extension ImageFixture {
    /// Whether nothing about the image is special.
    fileprivate var isPlain: Bool {
        config == nil && files.isEmpty && layers.isEmpty && platforms.isEmpty && compression == .none && format == .oci
    }
}

import CRICatalog
import CRIClient

/// What the runtime says about itself, asked once before the first case.
struct RuntimeFacts: Sendable {
    /// `Version`: name and version.
    var name = ""
    var version = ""
    /// Bits of `Status.features` that are set.
    var features: Set<String> = []
    /// Bits that are set in the features of the handler in use.
    var handlerFeatures: Set<String> = []
    /// Whether cgroup parents are systemd slices.
    var usesSystemdCgroups = false
    /// The Kubernetes minor the runtime is judged for; `nil` when nobody said and it could not be found out.
    var targetMinor: KubernetesMinor?
    /// What was asked and what came back, for the report.
    var probes: [String: String] = [:]
    /// Why the runtime cannot be judged at all, when it cannot.
    var problem: String?

    /// The handler's name, for messages: `containerd 1.6.20`.
    var title: String { [name, version].filter { !$0.isEmpty }.joined(separator: " ") }

    /// Asks the runtime. Never fails: what cannot be found out is said in `problem` or left at its default.
    ///
    /// - Parameter target: the Kubernetes minor the runtime is judged for; `nil` asks the runtime.
    static func probe(
        _ caller: Caller,
        handler: String,
        isManaged: Bool,
        target: KubernetesMinor? = nil
    ) async -> RuntimeFacts {
        var facts = RuntimeFacts()
        let (version, answer) = await caller.call("Version", Record(type: "VersionRequest"), deadline: .seconds(20))
        guard version.code == .ok else {
            facts.problem = "Version answered \(version.code.name): \(version.message)"
            return facts
        }
        facts.name = answer["runtimeName"]?.text ?? ""
        facts.version = shortened(answer["runtimeVersion"]?.text ?? "")
        facts.probes["Version"] =
            "\(facts.name) \(answer["runtimeVersion"]?.text ?? "") (CRI \(answer["runtimeApiVersion"]?.text ?? "?"))"
        let (status, state) = await caller.call(
            "Status",
            Record(type: "StatusRequest", fields: ["verbose": .bool(true)]),
            deadline: .seconds(20)
        )
        if status.code == .ok {
            facts.readFeatures(state, handler: handler)
        } else {
            facts.probes["Status"] = "\(status.code.name): \(status.message)"
        }
        await facts.readCgroupDriver(caller, state, isManaged: isManaged)
        if let target {
            facts.targetMinor = target
            facts.probes["Judged for"] = "Kubernetes \(target) (--kubernetes)"
        } else {
            let probe = await APIProbe.ask(caller, answers: [answer, state])
            facts.targetMinor = probe.minor
            facts.probes["Judged for"] =
                "\(probe.minor.map { "Kubernetes \($0)" } ?? "every Kubernetes"): \(probe.evidence)"
        }
        return facts
    }

    private mutating func readFeatures(_ status: Record, handler: String) {
        if let record = status["features"]?.record {
            features = Set(record.fields.filter { $0.value == .bool(true) }.keys)
        }
        for item in status["runtimeHandlers"]?.list ?? [] where (item.record?["name"]?.text ?? "") == handler {
            let bits = item.record?["features"]?.record?.fields ?? [:]
            handlerFeatures = Set(bits.filter { $0.value == .bool(true) }.keys)
        }
        let conditions = (status["status"]?.record?["conditions"]?.list ?? []).compactMap(\.record)
        let states = conditions.map { "\($0["type"]?.text ?? "?")=\($0["status"] == .bool(true))" }
        probes["Status"] = states.joined(separator: ", ")
        if !features.isEmpty { probes["Features"] = features.sorted().joined(separator: ", ") }
    }

    /// `RuntimeConfig` tells the driver since 1.28; before, the verbose status of containerd and CRI-O does.
    private mutating func readCgroupDriver(_ caller: Caller, _ status: Record, isManaged: Bool) async {
        if isManaged { return }
        let (config, answer) = await caller.call(
            "RuntimeConfig",
            Record(type: "RuntimeConfigRequest"),
            deadline: .seconds(20)
        )
        if config.code == .ok, let linux = answer["linux"]?.record {
            // SYSTEMD is the default, so its absence is its value.
            usesSystemdCgroups = linux["cgroupDriver"] == nil
            probes["Cgroup driver"] = usesSystemdCgroups ? "systemd (RuntimeConfig)" : "cgroupfs (RuntimeConfig)"
            return
        }
        guard case .map(let info)? = status["info"] else { return }
        let text = info.values.map { ValueSearch.text($0) }.joined()
        let squeezed = text.filter { $0 != " " }
        usesSystemdCgroups =
            squeezed.contains("\"systemdCgroup\":true") || squeezed.contains("\"SystemdCgroup\":true")
            || squeezed.contains("\"cgroupManager\":\"systemd\"")
        probes["Cgroup driver"] = usesSystemdCgroups ? "systemd (Status)" : "cgroupfs (assumed)"
    }

    /// `1.6.20~ds1` is how a distribution writes 1.6.20.
    private static func shortened(_ version: String) -> String {
        let text = version.hasPrefix("v") ? version.dropFirst() : version[...]
        return String(text.prefix { $0 != "~" && $0 != "+" })
    }
}

/// Text inside values.
enum ValueSearch {
    static func text(_ value: Value) -> String { value.text ?? "" }
}

import CRICatalog

/// What kubelet sends for a plain BestEffort pod, as records that a case's `with` is merged into.
struct FixtureDefaults: Sendable {
    let context: RunContext
    let facts: RuntimeFacts
    /// The case's own mark, in the labels of all it makes.
    let caseToken: String

    /// The labels of everything the case makes.
    var labels: [String: Value] {
        [RunContext.runLabel: .text(context.id), RunContext.caseLabel: .text(caseToken)]
    }

    /// A `PodSandboxConfig`.
    func sandbox(name: String, uid: String) -> Record {
        var labels = labels
        labels["io.kubernetes.pod.name"] = .text(name)
        labels["io.kubernetes.pod.namespace"] = .text(RunContext.podNamespace)
        labels["io.kubernetes.pod.uid"] = .text(uid)
        return Record(
            type: "PodSandboxConfig",
            fields: [
                "metadata": .record(
                    Record(
                        type: "PodSandboxMetadata",
                        fields: [
                            "name": .text(name), "uid": .text(uid), "namespace": .text(RunContext.podNamespace),
                        ]
                    )
                ),
                "hostname": .text(name),
                "logDirectory": .text(logDirectory(uid: uid)),
                "labels": .map(labels),
                "linux": .record(
                    Record(
                        type: "LinuxPodSandboxConfig",
                        fields: [
                            "cgroupParent": .text(cgroupParent(uid: uid)),
                            "securityContext": .record(
                                Record(
                                    type: "LinuxSandboxSecurityContext",
                                    fields: ["namespaceOptions": .record(namespaceOptions)]
                                )
                            ),
                        ]
                    )
                ),
            ]
        )
    }

    /// A `ContainerConfig`; `sandbox` is the config of its pod, whose namespaces it joins.
    func container(name: String, in sandbox: Record, token: String, mailbox: String) -> Record {
        var labels = labels
        labels["io.kubernetes.container.name"] = .text(name)
        for key in ["io.kubernetes.pod.name", "io.kubernetes.pod.namespace", "io.kubernetes.pod.uid"] {
            if case .map(let pod)? = sandbox["labels"], let value = pod[key] { labels[key] = value }
        }
        let podContext = sandbox["linux"]?.record?["securityContext"]?.record
        let namespaces = podContext?["namespaceOptions"] ?? .record(namespaceOptions)
        return Record(
            type: "ContainerConfig",
            fields: [
                "metadata": .record(Record(type: "ContainerMetadata", fields: ["name": .text(name)])),
                "image": .record(Record(type: "ImageSpec", fields: ["image": .text(context.agentReference)])),
                "envs": .list([
                    .record(Record(type: "KeyValue", fields: ["key": .text("CRISOL_TOKEN"), "value": .text(token)]))
                ]),
                "mounts": .list([.record(mailboxMount(mailbox))]),
                "labels": .map(labels),
                "logPath": .text("\(name)/0.log"),
                "linux": .record(
                    Record(
                        type: "LinuxContainerConfig",
                        fields: [
                            "resources": .record(
                                Record(
                                    type: "LinuxContainerResources",
                                    fields: ["cpuShares": .integer(2), "oomScoreAdj": .integer(1000)]
                                )
                            ),
                            "securityContext": .record(
                                Record(
                                    type: "LinuxContainerSecurityContext",
                                    fields: ["namespaceOptions": namespaces]
                                )
                            ),
                        ]
                    )
                ),
            ]
        )
    }

    /// The folder through which the agent is asked, kept whatever a case's `mounts` says.
    func mailboxMount(_ folder: String) -> Record {
        Record(type: "Mount", fields: ["containerPath": .text("/crisol"), "hostPath": .text(folder)])
    }

    /// kubelet's: own network and IPC, one PID namespace per container.
    private var namespaceOptions: Record {
        var fields: [String: Value] = [:]
        if let mode = context.catalog.enumeration(named: "NamespaceMode"),
            let container = mode.member(named: "CONTAINER")
        {
            fields["pid"] = .enumeration(EnumValue(mode, number: container.number))
        }
        return Record(type: "NamespaceOption", fields: fields)
    }

    /// The pod's cgroup in the form of the runtime's driver.
    func cgroupParent(uid: String) -> String {
        if facts.usesSystemdCgroups {
            // systemd nests a slice under the slices its name is prefixed with.
            let top = context.cgroupName.replacing("-", with: "_")
            return "\(top)-pod\(uid.replacing("-", with: "_")).slice"
        }
        return "/\(context.cgroupName)/pod\(uid)"
    }

    func logDirectory(uid: String) -> String { "\(context.folder)/logs/\(uid)" }
}

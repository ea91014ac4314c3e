import CRICatalog
import CRIClient
import Testing

/// kubelet's own checks, as pure functions.
struct KubeletCheckTests {
    private static func record(_ type: String, _ fields: [String: Value]) -> Value {
        .record(Record(type: type, fields: fields))
    }

    private static let good: [(String, [String: Value])] = [
        (
            "Version",
            [
                "version": .text("0.1.0"), "runtimeName": .text("x"), "runtimeVersion": .text("1"),
                "runtimeApiVersion": .text("v1"),
            ]
        ),
        ("RunPodSandbox", ["podSandboxId": .text("p")]),
        ("CreateContainer", ["containerId": .text("c")]),
        ("Exec", ["url": .text("http://127.0.0.1:1/x")]),
        ("Attach", ["url": .text("http://127.0.0.1:1/x")]),
        ("PortForward", ["url": .text("http://127.0.0.1:1/x")]),
        ("PullImage", ["imageRef": .text("i")]),
        ("ImageStatus", ["image": record("Image", ["id": .text("i"), "size": .integer(5)])]),
        ("ImageFsInfo", ["imageFilesystems": .list([record("FilesystemUsage", [:])])]),
        (
            "Status",
            [
                "status": record(
                    "RuntimeStatus",
                    ["conditions": .list([record("RuntimeCondition", [:]), record("RuntimeCondition", [:])])]
                )
            ]
        ),
        (
            "PodSandboxStatus",
            [
                "status": record(
                    "PodSandboxStatus",
                    [
                        "id": .text("p"), "createdAt": .integer(1),
                        "metadata": record(
                            "PodSandboxMetadata",
                            ["name": .text("n"), "namespace": .text("s"), "uid": .text("u")]
                        ),
                    ]
                )
            ]
        ),
        (
            "ContainerStatus",
            [
                "status": record(
                    "ContainerStatus",
                    [
                        "id": .text("c"), "createdAt": .integer(1), "imageRef": .text("i"),
                        "metadata": record("ContainerMetadata", ["name": .text("n")]),
                        "image": record("ImageSpec", ["image": .text("i")]),
                    ]
                )
            ]
        ),
    ]

    private func violations(_ name: String, _ fields: [String: Value], request: [String: Value] = [:]) throws
        -> [String]
    {
        let rpc = try rpc(name)
        return KubeletChecks.violations(
            rpc: rpc,
            request: Record(type: rpc.request, fields: request),
            response: Record(type: rpc.response, fields: fields)
        ).map { "\($0.check.name): \($0.violation)" }
    }

    @Test func `every check has a name of its own, a real RPC and a source`() throws {
        #expect(Set(KubeletChecks.all.map(\.name)).count == KubeletChecks.all.count)
        for check in KubeletChecks.all {
            _ = try rpc(check.rpc)
            #expect(check.source.hasPrefix("kubernetes/"))
        }
    }

    @Test func `complete answers violate nothing, and every check has one`() throws {
        #expect(Set(Self.good.map(\.0)) == Set(KubeletChecks.all.map(\.rpc)))
        for (name, fields) in Self.good { #expect(try violations(name, fields) == []) }
    }

    @Test func `taking any one field away is noticed`() throws {
        for (name, fields) in Self.good {
            for smaller in Self.withoutOneField(Record(type: name, fields: fields)) {
                #expect(try violations(name, smaller.fields).count == 1, "\(name) \(smaller)")
            }
        }
    }

    /// Every record like this one with one leaf removed. An image that is absent altogether is no violation.
    private static func withoutOneField(_ record: Record) -> [Record] {
        record.fields.keys.sorted().flatMap { key -> [Record] in
            var without = record
            without.fields[key] = nil
            guard case .record(let inner)? = record[key] else { return [without] }
            return (key == "image" && record.type == "ImageStatus" ? [] : [without])
                + withoutOneField(inner).map { smaller in
                    var changed = record
                    changed.fields[key] = .record(smaller)
                    return changed
                }
        }
    }

    @Test func `violations name their fields`() throws {
        #expect(
            try violations("PodSandboxStatus", ["status": Self.record("PodSandboxStatus", ["id": .text("p")])]) == [
                "verifySandboxStatus: status.metadata.name, status.metadata.namespace, status.metadata.uid are not set; status.createdAt is not set"
            ]
        )
        #expect(try violations("ImageStatus", [:]) == [])
        #expect(
            try violations(
                "Status",
                ["status": Self.record("RuntimeStatus", ["conditions": .list([Self.record("RuntimeCondition", [:])])])]
            )
                == ["statusConditions: status.conditions has 1 of RuntimeReady and NetworkReady"]
        )
    }

    @Test func `kubelet's own version must come back`() throws {
        var fields = Self.good[0].1
        fields["version"] = .text("v1")
        #expect(try violations("Version", fields) == [])
        #expect(
            try violations("Version", fields, request: ["version": .text("0.1.0")]) == [
                "kubeRuntimeAPIVersion: version is 'v1', kubelet needs '0.1.0'"
            ]
        )
    }
}

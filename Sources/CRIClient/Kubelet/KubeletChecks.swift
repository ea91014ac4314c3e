public import CRICatalog

/// Every ``KubeletCheck``. Pure: they can be run again on recorded calls.
public enum KubeletChecks {
    /// In the order of the CRI's RPCs.
    public static let all: [KubeletCheck] = [
        KubeletCheck("versionFields", rpc: "Version", source: runtime("Version")) { _, response in
            missing(["version", "runtimeName", "runtimeVersion", "runtimeApiVersion"], in: response)
        },
        KubeletCheck(
            "kubeRuntimeAPIVersion",
            rpc: "Version",
            source: manager("NewKubeGenericRuntimeManager")
        ) { request, response in
            // kubelet asks with its own version and does not start unless that very text comes back.
            guard request["version"]?.text == kubeletVersion else { return nil }
            let answered = response["version"]?.text ?? ""
            return answered == kubeletVersion ? nil : "version is '\(answered)', kubelet needs '\(kubeletVersion)'"
        },
        KubeletCheck("runPodSandboxID", rpc: "RunPodSandbox", source: runtime("RunPodSandbox")) { _, response in
            missing(["podSandboxId"], in: response)
        },
        KubeletCheck(
            "verifySandboxStatus",
            rpc: "PodSandboxStatus",
            source: utilities("verifySandboxStatus")
        ) { _, response in
            sandboxStatus(response)
        },
        KubeletCheck("createContainerID", rpc: "CreateContainer", source: runtime("CreateContainer")) { _, response in
            missing(["containerId"], in: response)
        },
        KubeletCheck(
            "verifyContainerStatus",
            rpc: "ContainerStatus",
            source: utilities("verifyContainerStatus")
        ) { _, response in
            containerStatus(response)
        },
        KubeletCheck("execURL", rpc: "Exec", source: runtime("Exec")) { _, response in
            missing(["url"], in: response)
        },
        KubeletCheck("attachURL", rpc: "Attach", source: runtime("Attach")) { _, response in
            missing(["url"], in: response)
        },
        KubeletCheck("portForwardURL", rpc: "PortForward", source: runtime("PortForward")) { _, response in
            missing(["url"], in: response)
        },
        KubeletCheck("statusConditions", rpc: "Status", source: runtime("Status")) { _, response in
            guard let status = response["status"]?.record else { return "status is not set" }
            let count = status["conditions"]?.list?.count ?? 0
            return count >= 2 ? nil : "status.conditions has \(count) of RuntimeReady and NetworkReady"
        },
        KubeletCheck("imageStatusFields", rpc: "ImageStatus", source: image("ImageStatus")) { _, response in
            // An image that is not there is no image at all, and no error.
            response["image"]?.record.flatMap { missing(["id", "size"], in: $0, under: "image") }
        },
        KubeletCheck("pullImageRef", rpc: "PullImage", source: image("PullImage")) { _, response in
            missing(["imageRef"], in: response)
        },
        KubeletCheck("imageFilesystems", rpc: "ImageFsInfo", source: statsProvider("ImageFsInfo")) { _, response in
            response["imageFilesystems"]?.list?.isEmpty == false ? nil : "imageFilesystems is empty"
        },
    ]

    /// The `version` kubelet sends and expects back.
    private static let kubeletVersion = "0.1.0"

    /// Everything an OK answer violates, by check.
    public static func violations(
        rpc: RPC,
        request: Record,
        response: Record
    ) -> [(check: KubeletCheck, violation: String)] {
        all.compactMap { check in
            check.violation(rpc: rpc, request: request, response: response).map { (check, $0) }
        }
    }

    private static func sandboxStatus(_ response: Record) -> String? {
        guard let status = response["status"]?.record else { return "status is not set" }
        let metadata = status["metadata"]?.record ?? Record(type: "PodSandboxMetadata")
        return joined([
            missing(["id"], in: status, under: "status"),
            missing(["name", "namespace", "uid"], in: metadata, under: "status.metadata"),
            missing(["createdAt"], in: status, under: "status"),
        ])
    }

    private static func containerStatus(_ response: Record) -> String? {
        guard let status = response["status"]?.record else { return "status is not set" }
        let metadata = status["metadata"]?.record ?? Record(type: "ContainerMetadata")
        let image = status["image"]?.record ?? Record(type: "ImageSpec")
        return joined([
            missing(["id"], in: status, under: "status"),
            missing(["name"], in: metadata, under: "status.metadata"),
            missing(["createdAt"], in: status, under: "status"),
            missing(["image"], in: image, under: "status.image"),
            missing(["imageRef"], in: status, under: "status"),
        ])
    }

    /// Which of these fields have their default value: empty text or zero, which proto3 does not send.
    private static func missing(_ names: [String], in record: Record, under path: String? = nil) -> String? {
        let absent = names.filter { record[$0] == nil }.map { name in path.map { "\($0).\(name)" } ?? name }
        guard !absent.isEmpty else { return nil }
        return "\(absent.joined(separator: ", ")) \(absent.count == 1 ? "is" : "are") not set"
    }

    private static func joined(_ parts: [String?]) -> String? {
        let violations = parts.compactMap { $0 }
        return violations.isEmpty ? nil : violations.joined(separator: "; ")
    }

    private static func runtime(_ function: String) -> String {
        "kubernetes/cri-client pkg/remote_runtime.go \(function)"
    }

    private static func image(_ function: String) -> String { "kubernetes/cri-client pkg/remote_image.go \(function)" }

    private static func utilities(_ function: String) -> String { "kubernetes/cri-client pkg/utils.go \(function)" }

    private static func manager(_ function: String) -> String {
        "kubernetes/kubernetes pkg/kubelet/kuberuntime/kuberuntime_manager.go \(function)"
    }

    private static func statsProvider(_ function: String) -> String {
        "kubernetes/kubernetes pkg/kubelet/stats/cri_stats_provider.go \(function)"
    }
}

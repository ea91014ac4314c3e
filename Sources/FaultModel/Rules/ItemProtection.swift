internal import CRICatalog

/// Which items of a list answer stand for protected pods: a rule that changes lists spares these (relay-contract 18).
public struct ItemProtection: Sendable {
    private let index: ObjectIndex
    private let protection: Protection
    private let reader = SubjectReader()

    /// Creates a protection of items.
    public init(_ index: ObjectIndex, _ protection: Protection) {
        self.index = index
        self.protection = protection
    }

    /// Whether an item, a message of this name and these bytes, must be left as it is. An item that names no pod, and
    /// is none of those that do, is nobody's.
    public func spares(_ message: String, _ item: [UInt8], from match: Match) -> Bool {
        let pod: PodIdentity?
        do throws(WireError) {
            switch message {
            case "PodSandbox": pod = try reader.pod(sandbox: item)
            case "Container":
                let labelled = try reader.pod(labels: "labels", of: message, item)
                pod = index.pod(try reader.text("pod_sandbox_id", message, item) ?? "") ?? labelled
            case "PodSandboxStats":
                var labelled = try reader.pod(labels: "attributes.labels", of: message, item)
                // A runtime may give the pod's own annotations too.
                let annotations = try reader.map("attributes.annotations", message, item)
                if annotations[PodIdentity.sourceAnnotation] != nil {
                    labelled?.annotations = annotations
                    labelled?.hasKnownAnnotations = true
                }
                pod = index.pod(try reader.text("attributes.id", message, item) ?? "") ?? labelled
            case "ContainerStats":
                let labelled = try reader.pod(labels: "attributes.labels", of: message, item)
                pod = index.container(try reader.text("attributes.id", message, item) ?? "")?.pod ?? labelled
            case "PodSandboxMetrics":
                pod = index.pod(try reader.text("pod_sandbox_id", message, item) ?? "")
            default: return false
            }
        } catch {
            // Nobody knows whose it is.
            return true
        }
        // An item of these whose pod cannot be told may be anybody's.
        guard let pod else { return true }
        return protection.reason(toSpare: pod, from: match) != nil
    }
}

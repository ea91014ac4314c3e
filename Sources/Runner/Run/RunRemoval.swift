import CRICatalog
public import CRIClient

/// Removes everything of a dead run from a runtime that goes on living.
public struct RunRemoval: Sendable {
    private let caller: Caller
    private let run: String

    /// Creates the removal of a run.
    public init(client: CRIClient, run: String) {
        caller = Caller(client: client)
        self.run = run
    }

    /// Removes the run's sandboxes with their containers, and its images; what could not be removed, in sentences.
    ///
    /// Only what carries the run's own label is touched, and the label is looked at here, not only by the runtime.
    /// A container may be in the middle of a start whose client was killed, so what fails is tried again.
    ///
    /// - Parameter attempts: how often it is tried, with a second between; each call has a minute.
    public func remove(images: [String], attempts: Int = 6) async -> [String] {
        var problems = await removeOnce(images: images)
        for _ in 0..<max(0, attempts - 1) where !problems.isEmpty {
            try? await Task.sleep(for: .seconds(1))
            problems = await removeOnce(images: images)
        }
        return problems
    }

    private func removeOnce(images: [String]) async -> [String] {
        let selector = Value.map([RunContext.runLabel: .text(run)])
        let filter = Record(type: "PodSandboxFilter", fields: ["labelSelector": selector])
        let (listed, answer) = await caller.call(
            "ListPodSandbox",
            Record(type: "ListPodSandboxRequest", fields: ["filter": .record(filter)]),
            deadline: .seconds(20)
        )
        guard listed.code == .ok else { return ["ListPodSandbox answered \(listed.code.name): \(listed.message)"] }
        var problems: [String] = []
        for item in (answer["items"]?.list ?? []).compactMap(\.record) {
            guard case .map(let labels)? = item["labels"], labels[RunContext.runLabel] == .text(run),
                let id = item["id"]?.text
            else { continue }
            for (rpc, request) in [
                ("StopPodSandbox", "StopPodSandboxRequest"), ("RemovePodSandbox", "RemovePodSandboxRequest"),
            ] {
                let (record, _) = await caller.call(
                    rpc,
                    Record(type: request, fields: ["podSandboxId": .text(id)]),
                    deadline: .seconds(60)
                )
                if record.code != .ok, record.code != .notFound {
                    problems.append("\(rpc) \(id) answered \(record.code.name): \(record.message)")
                }
            }
        }
        for image in images {
            let spec = Record(type: "ImageSpec", fields: ["image": .text(image)])
            let (record, _) = await caller.call(
                "RemoveImage",
                Record(type: "RemoveImageRequest", fields: ["image": .record(spec)]),
                deadline: .seconds(60)
            )
            if record.code != .ok, record.code != .notFound {
                problems.append("RemoveImage \(image) answered \(record.code.name): \(record.message)")
            }
        }
        return problems
    }
}

internal import CRICatalog
public import CRIClient
internal import Synchronization

/// Calls a runtime as kubelet does: the same calls at the same pace over the same two connections, with kubelet's own
/// deadlines. Each trigger runs by itself, as kubelet's goroutines do, so that a slow one holds up no other.
public struct KubeletLoad: Sendable {
    /// What is imitated, and for how long.
    public struct Plan: Sendable {
        /// How long.
        public var duration: Duration
        /// So many pods at most have their status asked for; `nil` is all there are.
        public var pods: Int?
        /// Whether the stream of container events is read too, as the evented PLEG does.
        public var usesEvents: Bool

        /// Creates a plan.
        public init(duration: Duration, pods: Int? = nil, usesEvents: Bool = false) {
            self.duration = duration
            self.pods = pods
            self.usesEvents = usesEvents
        }
    }

    private let client: CRIClient
    private let plan: Plan
    private let calls = KubeletCalls()
    private let tally: LoadTally

    /// Prepares a load on a runtime.
    public init(client: CRIClient, plan: Plan) {
        self.client = client
        self.plan = plan
        tally = LoadTally()
    }

    /// Loads the runtime until the time is up or the task is cancelled; what was seen until then is told all the same.
    ///
    /// - Throws: ``KubeletLoadError`` when the runtime does not answer what kubelet asks first: kubelet would not start.
    public func run() async throws(KubeletLoadError) -> KubeletReport {
        var runtime = ""
        for call in calls.startup {
            let record = try await made(call)
            guard isFine(call, record) else { throw KubeletLoadError(call, record) }
            if call.rpc == "Version" { runtime = Self.name(record) ?? runtime }
        }
        let present = try await podsThere()
        let chosen = Array(present.prefix(plan.pods ?? present.count))
        let clock = ContinuousClock()
        let start = clock.now
        await withTaskGroup(of: Void.self) { group in
            for trigger in KubeletTrigger.allCases {
                guard let period = trigger.period(pods: chosen.count) else { continue }
                group.addTask {
                    if trigger == .relist, plan.usesEvents { await relistBesideEvents(chosen, start) }
                    await repeatedly(trigger, period, chosen, start)
                }
            }
            try? await clock.sleep(until: start + plan.duration)
            group.cancelAll()
        }
        let elapsed = start.duration(to: clock.now)
        return tally.report(runtime, elapsed: elapsed, present: present.count, used: chosen.count, plan: plan)
    }

    /// `containerd 1.7.24`, from an answer to Version.
    private static func name(_ record: CallRecord) -> String? {
        guard let answer = try? MessageCodec(.cri).decode(record.responses.first ?? [], as: record.rpc.response) else {
            return nil
        }
        return [answer["runtimeName"]?.text, answer["runtimeVersion"]?.text].compactMap(\.self).joined(separator: " ")
    }

    /// The runtime's ready pods with their running containers.
    private func podsThere() async throws(KubeletLoadError) -> [LoadedPod] {
        var pods: [LoadedPod] = []
        var index: [String: Int] = [:]
        for call in calls.calls(of: .housekeeping, pod: nil, pods: []) {
            let record = try await made(call)
            guard record.code == .ok,
                let answer = try? MessageCodec(.cri).decode(record.responses.first ?? [], as: record.rpc.response)
            else { throw KubeletLoadError(call, record) }
            for item in (answer["items"]?.list ?? []).compactMap(\.record) {
                guard let id = item["id"]?.text else { continue }
                index[id] = pods.count
                pods.append(LoadedPod(id: id, containers: []))
            }
            for item in (answer["containers"]?.list ?? []).compactMap(\.record) {
                guard let id = item["id"]?.text, let pod = item["podSandboxId"]?.text, let place = index[pod] else {
                    continue
                }
                pods[place].containers.append(id)
            }
        }
        return pods
    }

    // MARK: - Triggers

    private func repeatedly(
        _ trigger: KubeletTrigger,
        _ period: Duration,
        _ pods: [LoadedPod],
        _ start: ContinuousClock.Instant
    ) async {
        guard !Task.isCancelled else { return }
        let clock = ContinuousClock()
        tally.plan(trigger, period: period)
        var turn = 0
        while !Task.isCancelled {
            tally.begin(trigger, at: start.duration(to: clock.now))
            let pod = pods.isEmpty ? nil : pods[turn % pods.count]
            var succeeded = true
            for call in calls.calls(of: trigger, pod: pod, pods: pods) where !Task.isCancelled {
                if let record = await make(call), isFine(call, record) { continue }
                succeeded = false
            }
            // What the end of the measurement cut off says nothing about the runtime.
            if Task.isCancelled { break }
            let next = tally.end(trigger, at: start.duration(to: clock.now), succeeded: succeeded)
            turn += 1
            do { try await clock.sleep(until: start + next) } catch { break }
        }
        tally.close(trigger, at: start.duration(to: clock.now))
    }

    /// The evented PLEG: returns when the time is up, or the stream has ended too often and kubelet falls back to the
    /// generic one for good.
    private func relistBesideEvents(_ pods: [LoadedPod], _ start: ContinuousClock.Instant) async {
        guard let period = KubeletTrigger.relist.period(pods: pods.count, usesEvents: true) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await readEvents() }
            group.addTask { await repeatedly(.relist, period, pods, start) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Reads events until the time is up. kubelet takes up a stream that ended five times in all.
    private func readEvents() async {
        guard let rpc = Catalog.cri.rpc(named: "GetContainerEvents") else { return }
        for _ in 0...5 where !Task.isCancelled {
            let tally = tally
            let record = await client.stream(rpc, request: [], options: CallOptions()) { _ in tally.countEvent() }
            guard !Task.isCancelled else { return }
            tally.fail(rpc.name, record.code.name, isTolerated: record.code == .unimplemented)
            if record.code == .unimplemented { return }
        }
    }

    private func made(_ call: KubeletCall) async throws(KubeletLoadError) -> CallRecord {
        guard let record = await make(call) else { throw KubeletLoadError("the CRI has no RPC \(call.rpc)") }
        return record
    }

    private func make(_ call: KubeletCall) async -> CallRecord? {
        guard let rpc = Catalog.cri.rpc(named: call.rpc) else { return nil }
        let request = MessageCodec(.cri).encode(call.request)
        let record = await client.call(rpc, request: request, options: .kubelet(rpc, request: call.request))
        guard !Task.isCancelled || record.source != .cancelled else { return record }
        tally.add(rpc.name, record.elapsed)
        if record.code != .ok {
            tally.fail(rpc.name, record.code.name, isTolerated: Self.isTolerated(call, record.code))
        }
        return record
    }

    private func isFine(_ call: KubeletCall, _ record: CallRecord) -> Bool {
        record.code == .ok || Self.isTolerated(call, record.code)
    }

    /// Between a list and a status a pod may go; and what a runtime does not have kubelet gets elsewhere.
    private static func isTolerated(_ call: KubeletCall, _ code: StatusCode) -> Bool {
        if call.isOptional, code == .unimplemented { return true }
        return code == .notFound && ["PodSandboxStatus", "ContainerStatus"].contains(call.rpc)
    }
}

/// A runtime that cannot be loaded.
public struct KubeletLoadError: Error, Sendable, CustomStringConvertible {
    /// Which call failed, and how.
    public let description: String
    init(_ description: String) { self.description = description }

    init(_ call: KubeletCall, _ record: CallRecord) {
        self.init("\(call.rpc) answered \(record.code.name): \(record.message)")
    }
}

import CRICatalog
import CRIClient

/// Finds out for which Kubernetes minor's CRI a runtime was built, with calls that change nothing.
///
/// A gRPC server written in Go tells the two apart in its texts: "unknown method" is newer than the API it was built
/// from, "method ... not implemented" is known to it. Answers of any other kind come from code that is there. Fields of
/// an answer tell the same by being set.
struct APIProbe: Sendable {
    /// What an RPC's answer says about the server's API.
    enum Knowledge: Sendable, Hashable {
        case known, unknown, unclear

        init(code: StatusCode, message: String) {
            guard code.name == "UNIMPLEMENTED" else {
                // A dead connection or a timeout says nothing about the API.
                self = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"].contains(code.name) ? .unclear : .known
                return
            }
            if message.contains("unknown method") {
                self = .unknown
            } else {
                self = message.contains("not implemented") ? .known : .unclear
            }
        }
    }

    /// What was asked, what it says, and the answer in words.
    struct Observation: Sendable {
        let name: String
        let since: KubernetesMinor
        let knowledge: Knowledge
        let words: String
    }

    /// The newest minor whose CRI the runtime is known to have; `nil` when nothing could be told.
    let minor: KubernetesMinor?
    /// How that is known, in one line.
    let evidence: String

    /// The RPCs that can be asked without doing anything, the youngest first: each names an object that does not exist,
    /// or only reads. GetContainerEvents is not among them: a runtime with one shared stream would lose events to us.
    static let harmless = [
        "CheckpointPod", "StreamPodSandboxes", "UpdatePodSandboxResources", "RuntimeConfig", "ListMetricDescriptors",
        "CheckpointContainer",
    ]

    /// Asks a runtime.
    ///
    /// - Parameter answers: answers that were received already, whose fields tell too.
    static func ask(_ caller: Caller, answers: [Record]) async -> APIProbe {
        var observations: [Observation] = []
        for name in harmless {
            guard let rpc = caller.catalog.rpc(named: name) else { continue }
            let record = await harmlessCall(rpc, caller)
            let text = record.code == .ok ? "OK" : "\(record.code.name) \"\(record.message.prefix(80))\""
            observations.append(
                Observation(
                    name: name,
                    since: rpc.since,
                    knowledge: Knowledge(code: record.code, message: record.message),
                    words: text
                )
            )
        }
        return APIProbe(
            observations,
            youngestField: answers.compactMap { youngest($0, caller.catalog) }.max { $0.1 < $1.1 }
        )
    }

    init(_ observations: [Observation], youngestField: (String, KubernetesMinor)?) {
        let known = observations.filter { $0.knowledge == .known }.max { $0.since < $1.since }
        let unknown = observations.filter { $0.knowledge == .unknown }.min { $0.since < $1.since }
        var words: [String] = []
        if let known { words.append("knows \(known.name) of \(known.since) (\(known.words))") }
        if let field = youngestField, field.1 > known?.since ?? field.1 || known == nil {
            words.append("sets \(field.0) of \(field.1)")
        }
        if let unknown { words.append("does not know \(unknown.name) of \(unknown.since) (\(unknown.words))") }
        evidence = words.isEmpty ? "its answers do not tell" : words.joined(separator: "; ")
        let least = [known?.since, youngestField?.1].compactMap { $0 }.max()
        // Without a single "unknown method" nothing shows that this server would say so.
        minor = least ?? (unknown == nil ? nil : KubernetesMinor(major: 1, minor: 23))
    }

    private static func harmlessCall(_ rpc: RPC, _ caller: Caller) async -> CallRecord {
        let nowhere = CaseRun.randomWord(64)
        var request = Record(type: rpc.request)
        for field in caller.catalog.message(named: rpc.request)?.fields ?? [] {
            if ["podSandboxId", "containerId"].contains(field.jsonName) { request[field.jsonName] = .text(nowhere) }
            // A filter that nothing matches.
            if field.jsonName == "filter", case .message(let filter) = field.type {
                request["filter"] = .record(Record(type: filter, fields: ["id": .text(nowhere)]))
            }
        }
        guard rpc.kind == .serverStream else {
            return await caller.call(rpc.name, request, deadline: .seconds(10)).0
        }
        return await caller.stream(rpc, request, deadline: .seconds(10), inbox: StreamInbox())
    }

    /// The youngest field that is set anywhere in an answer.
    private static func youngest(_ record: Record, _ catalog: Catalog) -> (String, KubernetesMinor)? {
        guard let message = catalog.message(named: record.type) else { return nil }
        var found: (String, KubernetesMinor)?
        func note(_ candidate: (String, KubernetesMinor)?) {
            if let candidate, candidate.1 > found?.1 ?? KubernetesMinor(major: 1, minor: 23) { found = candidate }
        }
        for (name, value) in record.fields {
            if let field = message.field(named: name) { note(("\(record.type).\(name)", field.since)) }
            switch value {
            case .record(let inner): note(youngest(inner, catalog))
            case .list(let items): for case .record(let inner) in items { note(youngest(inner, catalog)) }
            default: break
            }
        }
        return found
    }
}

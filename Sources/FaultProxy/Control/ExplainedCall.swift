internal import CRICatalog
internal import FaultModel

/// A call as it is described to `explain`: `{"method": "StopContainer", "request": {"containerId": "..."}}`.
struct ExplainedCall {
    /// Text that describes no call.
    struct Problem: Error, Sendable, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    let facts: CallFacts

    /// Reads the description.
    ///
    /// - Throws: what is wrong with it, with its position where it has one.
    init(_ json: [UInt8]) throws(Problem) {
        let value: JSONValue
        do { value = try JSONValue.parse(json) } catch { throw Problem("the call at \(error)") }
        guard case .object(let members) = value else { throw Problem("a call is described by a JSON object") }
        let known = ["method", "request", "metadata", "connection"]
        for member in members where !known.contains(member.name) {
            let hint = Spelling.suggestion(for: member.name, among: known)
            throw Problem("a call has no '\(member.name)'\(hint): it has \(known.joined(separator: ", "))")
        }
        guard case .string(let method)? = value["method"] else {
            throw Problem(
                "'method' is missing: the name of an RPC, or a path such as /runtime.v1.RuntimeService/Version"
            )
        }
        let (path, rpc) = try Self.path(method)
        facts = CallFacts(
            path: path,
            metadata: try Self.headers(value["metadata"]),
            connection: try Self.connection(value["connection"], path),
            request: try Self.request(value["request"], rpc)
        )
    }

    private static func path(_ method: String) throws(Problem) -> (String, RPC?) {
        if method.hasPrefix("/") { return (method, Catalog.cri.rpc(path: method)) }
        guard let rpc = Catalog.cri.rpc(named: method) else {
            let hint = Spelling.suggestion(for: method, among: Catalog.cri.rpcs.map(\.name))
            throw Problem("the CRI has no RPC '\(method)'\(hint); another service's is written as a path")
        }
        return (rpc.path, rpc)
    }

    private static func headers(_ value: JSONValue?) throws(Problem) -> [CallFacts.Header] {
        guard let value else { return [] }
        guard case .object(let members) = value else { throw Problem("'metadata' is an object of texts") }
        var headers: [CallFacts.Header] = []
        for member in members {
            guard case .string(let text) = member.value else {
                throw Problem("metadata.\(member.name): a text is wanted")
            }
            headers.append(CallFacts.Header(member.name.lowercased(), text))
        }
        return headers
    }

    /// kubelet's connection for the service of the call, unless another is named.
    private static func connection(_ value: JSONValue?, _ path: String) throws(Problem) -> CallFacts.Connection? {
        guard let value else {
            return path.contains("ImageService/") ? .image : (path.contains("RuntimeService/") ? .runtime : nil)
        }
        guard case .string(let text) = value, let connection = CallFacts.Connection(rawValue: text) else {
            throw Problem("'connection' is runtime or image")
        }
        return connection
    }

    private static func request(_ value: JSONValue?, _ rpc: RPC?) throws(Problem) -> CallFacts.Request {
        guard let rpc else {
            if value != nil { throw Problem("only the requests of the CRI's own RPCs can be read") }
            return .unreadable
        }
        guard let value else { return .message([]) }
        do {
            let record = try RecordJSON().parse(value.render(), as: rpc.request)
            return .message(MessageCodec(.cri).encode(record))
        } catch {
            throw Problem("request: \(error)")
        }
    }

    /// What the rules make of the call.
    func explain(by control: FaultControl) -> ControlMessages.Explanations {
        var facts = facts
        if facts.subject == nil, let rpc = facts.rpc, case .message(let bytes) = facts.request {
            facts.subject = control.subject(of: rpc, request: bytes)
        }
        let rules = Dictionary(control.rules.map { ($0.rule.id, $0.rule) }) { first, _ in first }
        let explanations = control.explain(facts).map { rule, refusal in
            ControlMessages.Explanation(
                rule: rule,
                action: rules[rule]?.action.summary ?? "",
                acts: refusal == nil,
                reason: refusal?.description,
                text: refusal?.sentence ?? Self.sentence(rules[rule])
            )
        }
        return ControlMessages.Explanations(
            path: facts.path,
            key: facts.key.description,
            pod: facts.subject?.pod.map { "\($0.namespace)/\($0.name)" },
            container: facts.subject?.container,
            image: facts.subject?.image,
            unknownID: facts.subject?.unknownID,
            rules: explanations
        )
    }

    private static func sentence(_ rule: FaultRule?) -> String {
        rule?.isDryRun == true
            ? "the next such call would be hit, but the rule is a dry run" : "the next such call is hit"
    }
}

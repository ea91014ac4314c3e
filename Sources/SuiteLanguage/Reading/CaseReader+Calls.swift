import AgentProtocol
import CRICatalog

/// Calls, and questions to the agent.
extension CaseReader {
    mutating func call(_ node: Node, _ step: Node) -> (Step.Action, Shape)? {
        guard let name = plainText(node, "an RPC") else { return nil }
        guard let rpc = catalog.rpc(named: name) else {
            report(
                "the CRI has no RPC '\(name)'\(Spelling.suggestion(for: name, among: catalog.rpcs.map(\.name)))",
                at: node.position
            )
            return nil
        }
        uses(rpc.since)
        let shape = Shape.record(rpc.request, nil)
        let request: Template? =
            if let with = step["with"] { template(with, shape) } else { .record(type: rpc.request, fields: []) }
        if let with = step["with"] { checkCommand(rpc, with) }
        if let raw = step["raw"] { return rawCall(rpc, raw, step) }
        let deadline = step["deadline"].flatMap { duration($0, "deadline") }
        let limit = step["receive-limit"].flatMap { size($0, "receive-limit") }
        let stream = stream(rpc, request, step)
        let fault = step["fault"].flatMap { stepFault($0, rpc, step) }
        if fault?.leavesAnswer ?? true { markMade(rpc, request) }
        checkShared(rpc, request, at: node.position)
        guard let request else {
            // Its result still types, so that one wrong field does not hide what else is wrong.
            return (
                .call(
                    CallStep(
                        rpc: rpc,
                        request: .message(.record(type: rpc.request, fields: [])),
                        deadline: nil,
                        receiveLimit: nil,
                        stream: nil,
                        fault: nil
                    )
                ),
                Scope.result(of: rpc)
            )
        }
        return (
            .call(
                CallStep(
                    rpc: rpc,
                    request: .message(request),
                    deadline: deadline,
                    receiveLimit: limit,
                    stream: stream,
                    fault: fault
                )
            ),
            stream.map { Scope.result(of: rpc, $0) } ?? Scope.result(of: rpc)
        )
    }

    /// `raw`: bytes that need not be a message.
    private mutating func rawCall(_ rpc: RPC, _ raw: Node, _ step: Node) -> (Step.Action, Shape)? {
        if step["with"] != nil { report("a call sends either `with` or `raw`", at: raw.position) }
        if rpc.kind == .serverStream { report("raw is for unary calls", at: raw.position) }
        for key in ["stream", "protocol"] {
            if let other = step[key] {
                report("a call with raw bytes follows no URL: it has no \(key)", at: other.position)
            }
        }
        guard let bytes = template(raw, .bytes) else { return nil }
        let call = CallStep(
            rpc: rpc,
            request: .raw(bytes),
            deadline: step["deadline"].flatMap { duration($0, "deadline") },
            receiveLimit: step["receive-limit"].flatMap { size($0, "receive-limit") },
            stream: nil,
            fault: step["fault"].flatMap { stepFault($0, rpc, step) }
        )
        return (.call(call), Scope.result(of: rpc))
    }

    /// A shared sandbox must be found as it was made.
    private mutating func checkShared(_ rpc: RPC, _ request: Template?, at position: SourcePosition) {
        guard ["StopPodSandbox", "RemovePodSandbox", "UpdatePodSandboxResources"].contains(rpc.name),
            case .record(_, let fields)? = request,
            case .reference(let reference, _)? = fields.first(where: { $0.name == "podSandboxId" })?.value,
            sharedSandboxes.contains(reference.name)
        else { return }
        report("'\(reference.name)' is shared with other cases, which need it as it is", at: position)
    }

    /// A planned fixture becomes real with the call that sends its request, a created container runs once started.
    private mutating func markMade(_ rpc: RPC, _ request: Template?) {
        switch (rpc.name, request) {
        case ("RunPodSandbox", .reference(let reference, _)?) where reference.path?.text == "request":
            scope[reference.name]?.kind = .sandbox(.ready)
        case ("CreateContainer", .reference(let reference, _)?) where reference.path?.text == "request":
            scope[reference.name]?.kind = .container(.created)
        case ("StartContainer", .record(_, let fields)?):
            guard case .reference(let reference, _)? = fields.first(where: { $0.name == "containerId" })?.value else {
                return
            }
            if scope[reference.name]?.kind == .container(.created) {
                scope[reference.name]?.kind = .container(.running)
            }
        default: break
        }
    }

    mutating func agent(_ node: Node, _ step: Node) -> (Step.Action, Shape)? {
        guard let items = node.items, let first = items.first, let question = first.scalar else {
            report("agent takes a list: the question and its arguments", at: node.position)
            return nil
        }
        guard let shape = ForeignShapes.agentAnswer(question) else {
            let known = ForeignShapes.agentQuestions
            report(
                "the agent knows no question '\(question)'\(Spelling.suggestion(for: question, among: known)); it knows \(known.joined(separator: ", "))",
                at: first.position
            )
            return nil
        }
        checkQuestion(items, at: node.position)
        var byExec = false
        if let by = step["by"] {
            if by.scalar == "exec" {
                byExec = true
            } else {
                report("by: exec is the only other way to ask", at: by.position)
            }
        }
        if !byExec { needsSameHost = true }
        guard let inside = step["in"] else {
            report("an agent step says `in:` which container", at: node.position)
            return nil
        }
        guard let command = template(node, .list(.text)), let container = fixture(inside, "a container") else {
            return nil
        }
        if case .container(let state)? = scope[container]?.kind, state != .running {
            report("the container '\(container)' is not running here, so its agent cannot answer", at: inside.position)
        }
        return (.agent(AgentStep(question: question, command: command, container: container, byExec: byExec)), shape)
    }
}

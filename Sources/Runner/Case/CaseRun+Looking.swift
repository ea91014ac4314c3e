import AgentProtocol
import CRICatalog
import CRIClient
import Foundation
import HostProbe
import ManagedRuntime
import SuiteLanguage

extension CaseRun {
    // MARK: - The agent

    func ask(_ step: AgentStep) async throws -> Value {
        guard let plan = containers[step.container] else {
            throw StepProblem.harness("the container \(step.container) was never made")
        }
        let command = (try value(step.command, "agent").list ?? []).map { ValueText.plain($0) }
        let answer: [UInt8]
        if step.byExec {
            answer = try await askByExec(command, plan)
        } else {
            do {
                answer = try await AgentMailbox(folder: plan.mailbox).ask(
                    command,
                    deadline: .seconds(10) * bindings.slack
                )
            } catch {
                if Task.isCancelled { throw CancellationError() }
                // Of what could not be asked the runtime knows nothing.
                if error.code == .misuse || error.code == .io {
                    throw StepProblem.harness("'\(command.joined(separator: " "))' to the agent: \(error)")
                }
                // The agent answers wherever it runs and sees its folder; that it does is the runtime's word.
                throw StepProblem.absent(
                    path: "answer",
                    expected: "the process of \(step.container) answering '\(command.joined(separator: " "))'",
                    actual: "\(error)"
                )
            }
        }
        do {
            return AnswerReader.value(try JSONValue.parse(answer), type: step.question)
        } catch {
            throw StepProblem.harness("the agent's answer to \(step.question) is no JSON: \(error)")
        }
    }

    private func askByExec(_ command: [String], _ plan: ContainerPlan) async throws -> [UInt8] {
        let words = ["/agent", "ask"] + command
        let request = Record(
            type: "ExecSyncRequest",
            fields: [
                "containerId": .text(plan.id), "cmd": .list(words.map { .text($0) }), "timeout": .integer(30),
            ]
        )
        let (record, answer) = try await call("ExecSync", request)
        guard record.code == .ok, case .bytes(let output)? = answer["stdout"] else {
            throw StepProblem.harness("ExecSync of the agent answered \(record.code.name): \(record.message)")
        }
        do { return try AgentMailbox.result(of: output) } catch {
            throw StepProblem.harness("the agent's answer through ExecSync: \(error)")
        }
    }

    // MARK: - The log

    func readLog(_ name: String) throws -> Value {
        guard let plan = containers[name] else { throw StepProblem.harness("the container \(name) was never made") }
        do {
            return .record(try ContainerLog.read(path: plan.logPath, root: context.root, limit: 64 << 20).record)
        } catch {
            // No file is what the case sees, not a fault of the harness.
            return .record(
                Record(
                    type: "log",
                    fields: [
                        "lines": .list([]), "records": .list([]), "files": .list([]),
                        "formats": .list([]),
                        "malformed": .list([.text("\(error)")]),
                    ]
                )
            )
        }
    }

    // MARK: - The node

    /// Which files a cgroup has is the kernel's doing: one that is not there says nothing about the runtime.
    func requireFiles(of step: Step, in cgroup: Value) throws {
        for expectation in step.expectations {
            let found = expectation.path.read(from: cgroup, in: bindings)
            guard !found.isThere, !expectation.matcher.accepts(found, as: expectation.path.shape, bindings) else {
                continue
            }
            let names = (cgroup.record?.fields.keys.sorted() ?? []).filter { $0.contains(".") }
            throw StepProblem.harness(
                "\(expectation.path.text) at \(expectation.position) is no file of this node's cgroups, which are of version "
                    + "\(context.node.cgroupVersion): say `requires: {cgroup: v1}` or v2; there are \(names.joined(separator: ", "))"
            )
        }
    }

    func look(_ look: HostLook) async throws -> Value {
        do {
            switch look {
            case .process(let name):
                let probe = ProcessProbe(root: context.root)
                return .record(try probe.facts(of: try hostProcess(named: name)))
            case .processes(let name):
                let found = ProcessProbe(root: context.root).processes(in: try cgroup(ofContainer: name))
                return .record(
                    Record(type: "processes", fields: ["processes": .list(found.map { .record($0) })])
                )
            case .cgroup(let name):
                return .record(try CgroupProbe(root: context.root).files(of: try hostProcess(named: name)))
            case .remains(let name): return try remains(of: name)
            case .mounts(let template):
                let table = try MountTable(pid: nil, root: context.root)
                return .record(table.record(under: try text(template) ?? "/"))
            case .file(let template):
                return .record(try FileProbe.record(path: try text(template) ?? "", root: context.root))
            case .connect(let template): return try await connect(try text(template) ?? "")
            case .datagram(let template, let source):
                return try await exchange(try text(template) ?? "", from: try source.map { try port($0) } ?? 0)
            case .daemon:
                guard let pid = context.managed?.pid else {
                    throw StepProblem.notApplicable("which process is the runtime is only known of a managed one")
                }
                return .record(try ProcessProbe(root: context.root).daemon(pid: pid))
            }
        } catch let error as ProbeError {
            throw StepProblem.harness("the node could not be looked at: \(error)")
        }
    }

    /// The cgroup of a container: the one its process was seen in when it started, which outlives it.
    private func cgroup(ofContainer name: String) throws -> ProcessProbe.Membership {
        if let seen = containers[name]?.cgroup { return seen }
        return try ProcessProbe(root: context.root).membership(of: try hostProcess(named: name))
    }

    private func hostProcess(named name: String) throws -> Int32 {
        guard let plan = containers[name] else { throw StepProblem.harness("the container \(name) was never made") }
        return try hostProcess(of: plan)
    }

    /// The container's first process on the node, found by the random word in its environment.
    func hostProcess(of plan: ContainerPlan) throws -> Int32 {
        guard let pid = try ProcessProbe(root: context.root).pids(withToken: plan.token).first else {
            if context.sightings.areHostProcesses(handler(of: plan)) {
                throw StepProblem.absent(
                    path: "process",
                    expected: "a process of \(plan.name) on this node, as other containers have one",
                    actual: "none"
                )
            }
            throw StepProblem.notApplicable(
                "no process on this host carries the mark of \(plan.name): its workload is not a host process, or it has ended"
            )
        }
        context.sightings.note(handler(of: plan))
        return pid
    }

    /// The runtime handler of the sandbox a container is in; empty for the runtime's own.
    func handler(of plan: ContainerPlan) -> String { sandboxes[plan.sandbox]?.request["runtimeHandler"]?.text ?? "" }

    private func remains(of name: String) throws -> Value {
        guard let plan = sandboxes[name] else { throw StepProblem.harness("the sandbox \(name) was never made") }
        var identity = PodIdentity()
        let members = containers.values.filter { $0.sandbox == name }
        identity.ids = ([plan.id] + members.map(\.id)).filter { !$0.isEmpty }
        identity.namespaceMounts = ledger.tracker.namespaceMounts(of: [plan.id])
        identity.tokens = members.map(\.token)
        identity.cgroupParents = [plan.cgroupParent]
        identity.ipamFolders = context.ipamFolders
        let items = Remains(root: context.root).of(identity)
        return .record(Record(type: "remains", fields: ["items": .list(items.map { .text($0) })]))
    }

    private func connect(_ target: String) async throws -> Value {
        let (address, port) = try split(target)
        let contact = await NetworkProbe.connect(to: address, port: port, timeout: .seconds(5) * bindings.slack)
        return record(of: contact, "connect", "connected")
    }

    private func exchange(_ target: String, from source: UInt16) async throws -> Value {
        let (address, port) = try split(target)
        let contact = await NetworkProbe.exchange(
            to: address,
            port: port,
            from: source,
            timeout: .seconds(5) * bindings.slack
        )
        return record(of: contact, "datagram", "answered")
    }

    private func port(_ template: Template) throws -> UInt16 {
        let text = try text(template) ?? ""
        guard let port = UInt16(text) else { throw StepProblem.harness("'\(text)' is no port") }
        return port
    }

    /// The parts of `IP:PORT`.
    private func split(_ target: String) throws -> (address: String, port: UInt16) {
        guard let colon = target.lastIndex(of: ":"), let port = UInt16(target[target.index(after: colon)...]) else {
            throw StepProblem.harness("'\(target)' is no IP:PORT")
        }
        return (target[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port)
    }

    private func record(of contact: Contact, _ type: String, _ success: String) -> Value {
        .record(
            Record(
                type: type,
                fields: [
                    success: .bool(contact.result == .connected), "error": .text("\(contact.result)"),
                    "received": .text(String(decoding: contact.received, as: UTF8.self)),
                ]
            )
        )
    }
}

/// The agent's JSON as values.
enum AnswerReader {
    static func value(_ json: JSONValue, type: String) -> Value {
        switch json {
        case .null: .text("")
        case .bool(let bool): .bool(bool)
        case .number(let text): Int128(text).map { .integer($0) } ?? .double(Double(text) ?? 0)
        case .string(let text): .text(text)
        case .array(let items): .list(items.map { value($0, type: type) })
        case .object(let members):
            .record(
                Record(
                    type: type,
                    fields: Dictionary(
                        members.map { ($0.name, value($0.value, type: type)) },
                        uniquingKeysWith: { _, last in last }
                    )
                )
            )
        }
    }
}

import CRICatalog
import CRIClient
import Foundation
import HostProbe
import ManagedRuntime
import Outcome
import SuiteLanguage
import TestImages

/// One case at work: its steps in order, what its names stand for, and everything it made and asked.
///
/// An actor, because the deadline of the case runs beside its steps and what was done until then must not be lost.
actor CaseRun {
    let item: Case
    let context: RunContext
    let facts: RuntimeFacts
    let caller: Caller
    let defaults: FixtureDefaults
    /// The case's own mark.
    let token: String
    /// Whether the runtime shares this host.
    let looksAtNode: Bool
    /// Why containers of the test image cannot be made, when they cannot.
    let imageProblem: String?

    var bindings: Bindings
    var tracker = Tracker()
    var calls: [CallRecord] = []
    var sandboxes: [String: SandboxPlan] = [:]
    var containers: [String: ContainerPlan] = [:]
    var images: [String: String] = [:]
    var recorded: [String: String] = [:]
    /// The calls that go on, by the names the case gave them.
    var backgrounds: [String: BackgroundCall] = [:]
    /// What the current step repeats, for messages.
    var attempts = 0
    var firstSeen: [Mismatch] = []
    /// Numbers the names of what the case makes.
    private var counter = 0

    init(
        _ item: Case,
        context: RunContext,
        facts: RuntimeFacts,
        slack: Double,
        looksAtNode: Bool,
        imageProblem: String?
    ) {
        self.item = item
        self.context = context
        self.facts = facts
        self.looksAtNode = looksAtNode
        self.imageProblem = imageProblem
        caller = Caller(context)
        token = Self.randomWord(12)
        defaults = FixtureDefaults(context: context, facts: facts, caseToken: token)
        bindings = Bindings(slack: slack, catalog: context.catalog)
        bindings.values = [
            "unknown": .record(
                Record(
                    type: "unknown",
                    fields: [
                        "id": .text(Self.randomWord(64)),
                        "image": .text("\(context.registry.address)/\(context.repositoryPrefix)/never-existed:1"),
                    ]
                )
            ),
            "node": .record(Record(type: "node", fields: ["platform": .text(context.node.platform)])),
            "case": .record(Record(type: "case", fields: ["labels": .map(defaults.labels)])),
            "image": .record(
                Record(
                    type: "image",
                    fields: [
                        "agent": .record(
                            Record(type: "ImageSpec", fields: ["image": .text(context.agentReference)])
                        )
                    ]
                )
            ),
        ]
    }

    /// Does the steps until one breaks.
    func runSteps() async -> CaseEnd {
        let end = await doSteps()
        await endBackgrounds()
        return end
    }

    private func doSteps() async -> CaseEnd {
        for step in item.steps {
            if Task.isCancelled { return .interrupted }
            do {
                try await perform(step)
            } catch let problem as StepProblem {
                return Task.isCancelled ? .interrupted : .problem(problem)
            } catch is CancellationError {
                return .interrupted
            } catch {
                return .problem(.harness("\(step.summary): \(error)"))
            }
        }
        return .held
    }

    // MARK: - A step

    private func perform(_ step: Step) async throws {
        attempts = 0
        firstSeen = []
        switch step.repetition {
        case .once: try await judge(step, attempt(step))
        case .eventually(let bound, let every): try await eventually(step, bound, every)
        case .always(let window, let every): try await always(step, window, every)
        }
    }

    /// Repeats the step until its expectations hold.
    private func eventually(_ step: Step, _ bound: Duration, _ every: Duration?) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + bound * bindings.slack
        var pause = every ?? .milliseconds(100)
        while true {
            attempts += 1
            let result = try await attempt(step)
            let mismatches = mismatches(step, result)
            if mismatches.isEmpty { return bind(step, result) }
            if attempts == 1 { firstSeen = mismatches }
            guard clock.now + pause < deadline else { return try judge(step, result) }
            try await Task.sleep(for: pause, clock: clock)
            if every == nil { pause = min(pause * 3 / 2, .seconds(1)) }
        }
    }

    /// Repeats the step over the window, at least three times.
    private func always(_ step: Step, _ window: Duration, _ every: Duration?) async throws {
        let clock = ContinuousClock()
        let end = clock.now + window
        let pause = every ?? min(window / 4, .milliseconds(500))
        while attempts < 3 || clock.now < end {
            attempts += 1
            let result = try await attempt(step)
            try judge(step, result)
            try await Task.sleep(for: pause, clock: clock)
        }
    }

    /// Holds the step's expectations against its result and binds it.
    private func judge(_ step: Step, _ result: Value?) throws {
        let mismatches = mismatches(step, result)
        guard mismatches.isEmpty else {
            try throwUnsupported(step, result)
            throw StepProblem.broken(failure(step, mismatches))
        }
        bind(step, result)
    }

    private func mismatches(_ step: Step, _ result: Value?) -> [Mismatch] {
        guard let result else { return [] }
        var bindings = bindings
        bindings.values["answer"] = result
        return step.expectations.compactMap { $0.mismatch(in: result, bindings) }
    }

    private func bind(_ step: Step, _ result: Value?) {
        guard let result else { return }
        if let name = step.save { bindings.values[name] = result }
        for path in step.recorded {
            recorded["step \(step.number) \(path.text)"] =
                switch path.read(from: result, in: bindings) {
                case .value(let value): ValueText.render(value, as: path.shape)
                case .absent: "not set"
                case .missing(let reason): reason
                }
        }
    }

    /// "Not offered" is the runtime's own word, so it is no broken expectation.
    private func throwUnsupported(_ step: Step, _ result: Value?) throws {
        guard step.action.isCall, let record = result?.record, let name = calls.last?.rpc.name,
            let rpc = context.catalog.rpc(named: name), let code = record["code"]?.text, code != "OK"
        else { return }
        let message = record["message"]?.text ?? ""
        if code == "UNIMPLEMENTED", !rpc.isCore {
            throw StepProblem.unsupported("\(rpc.name) answered UNIMPLEMENTED: \(message)")
        }
        if let text = item.unsupportedTexts.first(where: { message.contains($0) }) {
            throw StepProblem.unsupported("\(rpc.name) was refused with '\(text)': \(message)")
        }
    }

    func failure(_ step: Step, _ mismatches: [Mismatch]) -> Failure {
        var breaches = mismatches.map {
            Breach(path: $0.path, expected: $0.expected, actual: $0.actual, position: $0.position.description)
        }
        if attempts > 1, let first = firstSeen.first, !breaches.isEmpty {
            breaches[0].actual += "  (\(attempts) tries; at first \(first.actual))"
        }
        let position = mismatches.first?.position ?? step.position
        return Failure(
            step: step.number,
            action: step.summary,
            position: position.description,
            breaches: breaches
        )
    }

    /// Does the step once; the value its expectations are held against, `nil` for fixtures.
    private func attempt(_ step: Step) async throws -> Value? {
        do {
            return try await act(step.action, step)
        } catch StepProblem.absent(let path, let expected, let actual) {
            let position = step.position.description
            let breach = Breach(path: path, expected: expected, actual: actual, position: position)
            throw StepProblem.broken(
                Failure(step: step.number, action: step.summary, position: position, breaches: [breach])
            )
        }
    }

    private func act(_ action: Step.Action, _ step: Step) async throws -> Value? {
        switch action {
        case .sandbox(let fixture): try await make(fixture, step)
        case .container(let fixture): try await make(fixture, step)
        case .image(let fixture): try await make(fixture, step)
        case .directory(let fixture): try make(fixture)
        case .call(let call):
            if let name = step.background { try await start(call, as: name) } else { return try await make(call) }
        case .rotateLog(let name): try rotateLog(name)
        case .await(let name): return try await finish(name)
        case .cancel(let name): backgrounds[name]?.task.cancel()
        case .check(let name): return try peek(name)
        case .agent(let agent): return try await ask(agent)
        case .log(let container): return try readLog(container)
        case .host(let look): return try await self.look(look)
        }
        return nil
    }

    // MARK: - Calls

    private func make(_ step: CallStep) async throws -> Value {
        let sent = marked(try message(of: step), of: step.rpc)
        let (record, answer) = try await call(
            step.rpc.name,
            sent,
            deadline: step.deadline,
            receiveLimit: step.receiveLimit
        )
        return result(record, answer, sent, isStream: step.rpc.kind == .serverStream)
    }

    /// The request a step sends, with its names replaced by what they stand for.
    func message(of step: CallStep) throws -> Record {
        let request: Value
        do { request = try step.request.value(in: bindings) } catch {
            throw StepProblem.harness("the request of \(step.rpc.name): \(error.message)")
        }
        guard let written = request.record else {
            throw StepProblem.harness("the request of \(step.rpc.name) is no message")
        }
        return written
    }

    /// Makes a call, keeps its record and notes what it made.
    func call(
        _ name: String,
        _ request: Record,
        deadline: Duration? = nil,
        receiveLimit: Int? = nil
    ) async throws -> (CallRecord, Record) {
        try noteBefore(name, request)
        let (record, answer) = await caller.call(name, request, deadline: deadline, receiveLimit: receiveLimit)
        calls.append(record)
        noteAfter(record, answer, request)
        if record.source == .cancelled, Task.isCancelled { throw CancellationError() }
        return (record, answer)
    }

    /// The result of a call as expectations read it. The answer of a refused call is an empty message: nothing in
    /// it is set, and expectations may say so.
    func result(_ record: CallRecord, _ answer: Record, _ request: Record, isStream: Bool) -> Value {
        var fields: [String: Value] = [
            "code": .text(record.code.name),
            "message": .text(record.message),
            "elapsed": .integer(record.elapsed.inNanoseconds),
            "sent-at": .integer(Int128(record.sentAt.wallNanoseconds)),
            "received-at": .integer(Int128(record.receivedAt.wallNanoseconds)),
            "request": .record(request),
        ]
        if isStream {
            let messages = record.responses.compactMap { caller.decode($0, record.rpc.response) }
            fields["messages"] = .list(messages.map { .record($0) })
        } else if record.code == .ok, !record.responses.isEmpty,
            caller.decode(record.responses[0], record.rpc.response) == nil
        {
            // No protobuf library would take this answer either.
            fields["code"] = .text(StatusCode.internalError.name)
            fields["message"] = .text("the answer is no \(record.rpc.response): it does not decode")
            fields[Bindings.itself] = .record(answer)
        } else {
            fields[Bindings.itself] = .record(answer)
        }
        return .record(Record(type: "result", fields: fields))
    }

    /// A request with the case's labels added to the object it would make, so that it can be found again also when
    /// the answer is lost. Nothing else is added to what the author wrote.
    func marked(_ request: Record, of rpc: RPC) -> Record {
        guard ["RunPodSandbox", "CreateContainer"].contains(rpc.name), var config = request["config"]?.record else {
            return request
        }
        var labels: [String: Value] = if case .map(let written)? = config["labels"] { written } else { [:] }
        labels.merge(defaults.labels) { written, _ in written }
        config["labels"] = .map(labels)
        var marked = request
        marked["config"] = .record(config)
        return marked
    }

    func noteBefore(_ name: String, _ request: Record) throws {
        switch name {
        case "RunPodSandbox":
            let parent = request["config"]?.record?["linux"]?.record?["cgroupParent"]?.text ?? ""
            tracker.uses(cgroupParent: parent)
        case "PullImage":
            if let reference = request["image"]?.record?["image"]?.text, reference.contains(context.repositoryPrefix) {
                tracker.pulls(reference)
                // Sandboxes are found again by their labels; an image has none, so the journal names it.
                if context.managed == nil {
                    try context.journal.record(.image(endpoint: context.endpoint.description, reference: reference))
                }
            }
        default: break
        }
    }

    /// What the runtime gave out, and which planned fixture became real by it.
    func noteAfter(_ record: CallRecord, _ answer: Record, _ request: Record) {
        guard record.code == .ok else { return }
        switch record.rpc.name {
        case "RunPodSandbox":
            let id = answer["podSandboxId"]?.text ?? ""
            tracker.made(sandbox: id)
            for (name, plan) in sandboxes where plan.id.isEmpty && sameMetadata(plan.config, request) {
                sandboxes[name]?.id = id
                setPart("id", of: name, to: .text(id))
            }
        case "CreateContainer":
            let id = answer["containerId"]?.text ?? ""
            tracker.made(container: id)
            for (name, plan) in containers where plan.id.isEmpty && sameMetadata(plan.config, request) {
                containers[name]?.id = id
                setPart("id", of: name, to: .text(id))
            }
        default: break
        }
    }

    private func sameMetadata(_ config: Record, _ request: Record) -> Bool {
        config["metadata"] == request["config"]?.record?["metadata"]
    }

    /// Gives a part of what a name stands for its value.
    func setPart(_ part: String, of name: String, to value: Value) {
        guard var record = bindings.values[name]?.record else { return }
        record[part] = value
        bindings.values[name] = .record(record)
    }

    // MARK: - Names

    /// The words by which this case can be told from others in the runtime's log.
    var namesInLogs: [String] {
        let unknown = bindings.values["unknown"]?.record
        let ids = tracker.sandboxIDs + containers.values.map(\.id) + ["id", "image"].compactMap { unknown?[$0]?.text }
        return [token] + ids.filter { !$0.isEmpty }
    }

    func nextName(_ stem: String) -> String {
        counter += 1
        return "\(stem)-\(token)-\(counter)"
    }

    static func randomWord(_ length: Int) -> String {
        let digits = Array("0123456789abcdef")
        return String((0..<length).map { _ in digits[Int.random(in: 0..<16)] })
    }
}

extension Duration {
    /// The whole of it in nanoseconds.
    var inNanoseconds: Int128 {
        let parts = components
        return Int128(parts.seconds) * 1_000_000_000 + Int128(parts.attoseconds / 1_000_000_000)
    }

    /// The whole of it in seconds.
    var inSeconds: Double {
        let parts = components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}

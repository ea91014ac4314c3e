import CRICatalog
import CRIClient
import Foundation
import HostProbe
import ManagedRuntime
import Outcome
import SuiteLanguage
import TestImages

/// The steps of one case, or of one round of a block in it: what their names stand for.
///
/// An actor, because rounds and calls in the background run beside each other. What was made and asked is in the
/// ledger, which they share.
actor CaseRun {
    let setting: CaseSetting
    let ledger: CaseLedger
    let caller: Caller

    var bindings: Bindings
    var sandboxes: [String: SandboxPlan] = [:]
    var containers: [String: ContainerPlan] = [:]
    var images: [String: String] = [:]
    /// What goes on in the background, by the names the case gave it.
    var backgrounds: [String: BackgroundWork] = [:]
    /// The relays with the faults of this case's calls.
    var faultLinks: [FaultLink] = []
    /// What the current step repeats, for messages.
    var attempts = 0
    var firstSeen: [Mismatch] = []
    /// The RPC whose answer came last to this scope.
    var latestRPC: RPC?
    /// When the step before the current one began.
    var previousStart = ContinuousClock.now

    var item: Case { setting.item }
    var context: RunContext { setting.context }
    var defaults: FixtureDefaults { setting.defaults }
    var looksAtNode: Bool { setting.looksAtNode }

    init(_ setting: CaseSetting, ledger: CaseLedger) {
        self.setting = setting
        self.ledger = ledger
        caller = Caller(setting.context)
        bindings = Bindings(
            values: setting.builtIns,
            slack: setting.slack,
            catalog: setting.context.catalog
        )
    }

    /// A round of a block: begins with what the names stand for outside.
    init(round: Int, of outer: OuterNames, _ setting: CaseSetting, ledger: CaseLedger) {
        self.setting = setting
        self.ledger = ledger
        caller = Caller(setting.context)
        bindings = outer.bindings
        bindings.values["round"] = .integer(Int128(round))
        sandboxes = outer.sandboxes
        containers = outer.containers
        images = outer.images
    }

    /// Does steps until one breaks.
    func run(_ steps: [Step]) async -> CaseEnd {
        let end = await doSteps(steps)
        await ledger.during("the end of what goes on in the background") { await endBackgrounds() }
        await ledger.during("the end of the relays with faults") { await endFaults() }
        return end
    }

    private func doSteps(_ steps: [Step]) async -> CaseEnd {
        for step in steps {
            if Task.isCancelled { return .interrupted }
            do {
                let start = ContinuousClock.now
                try await ledger.during("step \(step.number) \(step.summary)") { try await perform(step) }
                previousStart = start
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
            if mismatches.isEmpty {
                prove(step, result)
                return bind(step, result)
            }
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
            throw StepProblem.broken(failure(step, mismatches, result), observed: mismatches.observed)
        }
        prove(step, result)
        bind(step, result)
    }

    private func mismatches(_ step: Step, _ result: Value?) -> [Mismatch] {
        guard let result else { return [] }
        var bindings = bindings
        bindings.values["answer"] = result
        return step.expectations.compactMap { $0.mismatch(in: result, bindings) }
    }

    /// Tries the expectations that hold on wrong values, when that was asked for.
    private func prove(_ step: Step, _ result: Value?) {
        guard setting.proves, let result else { return }
        var bindings = bindings
        bindings.values["answer"] = result
        for expectation in step.expectations {
            let (tried, unnoticed) = expectation.unnoticed(in: result, bindings)
            ledger.add(
                tried: tried,
                unnoticed: unnoticed.map { "step \(step.number) \(step.summary): \($0)" },
                untried: tried == 0 ? ["step \(step.number) \(step.summary): \(expectation.path.text)"] : []
            )
        }
    }

    private func bind(_ step: Step, _ result: Value?) {
        guard let result else { return }
        if let name = step.save { bindings.values[name] = result }
        for path in step.recorded {
            let text =
                switch path.read(from: result, in: bindings) {
                case .value(let value): ValueText.render(value, as: path.shape)
                case .absent: "not set"
                case .missing(let reason): reason
                }
            ledger.show("step \(step.number) \(path.text)", text)
        }
    }

    /// "Not offered" is the runtime's own word, so it is no broken expectation.
    private func throwUnsupported(_ step: Step, _ result: Value?) throws {
        switch step.action {
        case .call, .await: break
        default: return
        }
        guard let record = result?.record, let rpc = latestRPC, let code = record["code"]?.text, code != "OK" else {
            return
        }
        let message = record["message"]?.text ?? ""
        if code == "UNIMPLEMENTED", !rpc.isCore {
            throw StepProblem.unsupported("\(rpc.name) answered UNIMPLEMENTED: \(message)")
        }
        if let text = item.unsupportedTexts.first(where: { message.contains($0) }) {
            throw StepProblem.unsupported("\(rpc.name) was refused with '\(text)': \(message)")
        }
    }

    func failure(_ step: Step, _ mismatches: [Mismatch], _ result: Value?) -> Failure {
        let breaches = mismatches.map {
            Breach(path: $0.path, expected: $0.expected, actual: $0.actual, position: $0.position.description)
        }
        let position = mismatches.first?.position ?? step.position
        var failure = Failure(
            step: step.number,
            action: step.summary,
            position: position.description,
            breaches: breaches
        )
        if attempts > 1, let first = firstSeen.first {
            failure.note = "\(attempts) tries; at first \(first.path) was \(first.actual)"
        } else if let stream = result?.record, let outcome = stream["outcome"]?.text, let error = stream["error"]?.text,
            !error.isEmpty
        {
            failure.note = "the stream \(outcome): \(error)"
        }
        return failure
    }

    /// Does the step once; the value its expectations are held against, `nil` for fixtures.
    private func attempt(_ step: Step) async throws -> Value? {
        do {
            return try await act(step.action, step)
        } catch StepProblem.absent(let path, let expected, let actual) {
            let position = step.position.description
            let breach = Breach(path: path, expected: expected, actual: actual, position: position)
            throw StepProblem.broken(
                Failure(step: step.number, action: step.summary, position: position, breaches: [breach]),
                observed: [:]
            )
        } catch StepProblem.awaited(let action, let expected, let actual) {
            let position = action.position.description
            let breach = Breach(path: action.summary, expected: expected, actual: actual, position: position)
            throw StepProblem.broken(
                Failure(step: step.number, action: step.summary, position: position, breaches: [breach]),
                observed: [:]
            )
        }
    }

    private func act(_ action: Step.Action, _ step: Step) async throws -> Value? {
        switch action {
        case .sandbox(let fixture): try await make(fixture, step)
        case .container(let fixture): try await make(fixture, step)
        case .image(let fixture): try await make(fixture, step)
        case .directory(let fixture): try make(fixture)
        case .port(let fixture): try make(fixture)
        case .call(let call):
            if let name = step.background {
                try await start(call, as: name)
            } else {
                return try await make(call, deadline: deadline(of: call, step))
            }
        case .block(let block):
            if let name = step.background { start(block, step, as: name) } else { return try await make(block, step) }
        case .act(let act): try self.act(act)
        case .registry(let step): return try registry(step)
        case .network(let step): return try network(step)
        case .runtime(let step): try await change(step)
        case .named(let step): return try await self.named(step)
        case .await(let name): return try await finish(name)
        case .cancel(let name): backgrounds[name]?.cancel()
        case .check(let name): return try peek(name)
        case .agent(let agent): return try await ask(agent)
        case .log(let container): return try readLog(container)
        case .host(let look):
            let seen = try await self.look(look)
            if case .cgroup = look { try requireFiles(of: step, in: seen) }
            return seen
        }
        return nil
    }

    // MARK: - Calls

    /// The deadline as it is written, but where the step bounds the time: a slower machine is given more, and the call
    /// must not be cut off before that is over, for then it would have kept any bound.
    private func deadline(of call: CallStep, _ step: Step) -> Duration? {
        let isTimed = step.expectations.contains { $0.matcher.isTimeBound }
        return call.deadline.map { isTimed ? $0 * bindings.slack : $0 }
    }

    private func make(_ step: CallStep, deadline: Duration?) async throws -> Value {
        if case .raw(let template) = step.request { return try await makeRaw(step, template, deadline) }
        let sent = marked(try message(of: step), of: step.rpc)
        let (record, answer) = try await call(
            step.rpc.name,
            sent,
            deadline: deadline,
            receiveLimit: step.receiveLimit,
            through: step.fault == nil ? nil : caller(for: step)
        )
        if let plan = step.stream {
            let report = StreamReport()
            return try await follow(plan, report, record, answer, sent)
        }
        return result(record, answer, sent, isStream: step.rpc.kind == .serverStream)
    }

    /// The request a step sends, with its names replaced by what they stand for.
    func message(of step: CallStep) throws -> Record {
        guard case .message(var template) = step.request else {
            throw StepProblem.harness("the request of \(step.rpc.name) is bytes")
        }
        if let omission = setting.omission, omission.name == step.rpc.name {
            template = omission.applied(to: template)
        }
        let request: Value
        do { request = try template.value(in: bindings) } catch {
            throw StepProblem.harness("the request of \(step.rpc.name): \(error.message)")
        }
        guard let written = request.record else {
            throw StepProblem.harness("the request of \(step.rpc.name) is no message")
        }
        return written
    }

    /// Makes a call, keeps its record and notes what it made.
    ///
    /// - Parameter faulty: through whom the call goes on which something goes wrong.
    func call(
        _ name: String,
        _ request: Record,
        deadline: Duration? = nil,
        receiveLimit: Int? = nil,
        through faulty: Caller? = nil
    ) async throws -> (CallRecord, Record) {
        try noteBefore(name, request)
        let (record, answer) = await (faulty ?? caller).call(
            name,
            request,
            deadline: deadline,
            receiveLimit: receiveLimit
        )
        note(record, answer, request, isFaulty: faulty != nil)
        if record.source == .cancelled, Task.isCancelled { throw CancellationError() }
        return (record, answer)
    }

    /// Sends bytes that need not be a message.
    private func makeRaw(_ step: CallStep, _ template: Template, _ deadline: Duration?) async throws -> Value {
        guard case .bytes(let bytes) = try value(template, "raw") else {
            throw StepProblem.harness("the request of \(step.rpc.name) is no bytes")
        }
        let (record, answer) = try await caller(for: step).call(
            step.rpc,
            bytes: bytes,
            deadline: deadline,
            receiveLimit: step.receiveLimit
        )
        let sent = caller.decode(bytes, step.rpc.request) ?? Record(type: step.rpc.request)
        note(record, answer, sent, isFaulty: step.fault != nil)
        if record.source == .cancelled, Task.isCancelled { throw CancellationError() }
        return result(record, answer, sent, isStream: false)
    }

    /// Keeps the record of a call that ended, with what became real by it, and has the invariants look at it. An
    /// answer that a fault had its hands on says nothing about the runtime.
    func note(_ record: CallRecord, _ answer: Record, _ request: Record, isFaulty: Bool = false) {
        latestRPC = isFaulty ? nil : record.rpc
        ledger.add(record)
        noteAfter(record, answer, request)
        if isFaulty { return }
        context.invariants?.note(
            record,
            result(record, answer, request, isStream: record.rpc.kind == .serverStream),
            in: bindings,
            of: item.id
        )
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
        if ["RunPodSandbox", "CreateContainer"].contains(name) { ledger.track { $0.asks() } }
        switch name {
        case "RunPodSandbox":
            let parent = request["config"]?.record?["linux"]?.record?["cgroupParent"]?.text ?? ""
            ledger.track { $0.uses(cgroupParent: parent) }
        case "PullImage":
            if let reference = request["image"]?.record?["image"]?.text, reference.contains(context.repositoryPrefix) {
                ledger.track { $0.pulls(reference) }
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
            ledger.track { $0.made(sandbox: id) }
            noteNamespaces(of: id, request)
            for (name, plan) in sandboxes where plan.id.isEmpty && sameMetadata(plan.config, request) {
                sandboxes[name]?.id = id
                setPart("id", of: name, to: .text(id))
            }
        case "CreateContainer":
            let id = answer["containerId"]?.text ?? ""
            ledger.track { $0.made(container: id) }
            for (name, plan) in containers where plan.id.isEmpty && sameMetadata(plan.config, request) {
                containers[name]?.id = id
                setPart("id", of: name, to: .text(id))
            }
        default: break
        }
    }

    /// Once a sandbox has been stopped nothing tells any more which of the node's namespaces were its own.
    private func noteNamespaces(of id: String, _ request: Record) {
        guard looksAtNode else { return }
        let parent = request["config"]?.record?["linux"]?.record?["cgroupParent"]?.text ?? ""
        let mounts = NamespaceMounts(root: context.root).of(sandbox: id, cgroupParent: parent)
        ledger.track { $0.saw(namespaceMounts: mounts, of: id) }
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

    func nextName(_ stem: String) -> String {
        "\(stem)-\(setting.token)-\(ledger.nextNumber())"
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

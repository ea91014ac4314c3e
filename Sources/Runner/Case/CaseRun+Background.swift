import CRICatalog
import CRIClient
import SuiteLanguage
import Synchronization

/// What goes on while later steps are done.
enum BackgroundWork: Sendable {
    case call(BackgroundCall)
    case block(BackgroundBlock)
    case session(BackgroundSession)

    func cancel() {
        switch self {
        case .call(let call): call.task.cancel()
        case .block(let block): block.task.cancel()
        case .session(let session): session.task.cancel()
        }
    }
}

/// A stream behind a URL that goes on: what it received so far, and its result.
struct BackgroundSession: Sendable {
    let task: Task<Result<Value, any Error>, Never>
    let report: StreamReport
    let isForward: Bool
}

/// A block that goes on: its end is what it bound, or what broke it.
struct BackgroundBlock: Sendable {
    let task: Task<Result<Value, any Error>, Never>
}

/// A call that goes on.
struct BackgroundCall: Sendable {
    /// Its end; cancelling it makes the client cancel the call.
    let task: Task<(CallRecord, Record), Never>
    let request: Record
    let rpc: RPC
    /// The messages of a stream so far, and whether its headers came.
    let inbox: StreamInbox
    /// Whether something goes wrong with it on its way.
    let isFaulty: Bool
}

/// What a stream has received so far.
final class StreamInbox: Sendable {
    private struct State {
        var messages: [[UInt8]] = []
        var hasHeaders = false
        var end: CallRecord?
    }

    private let state = Mutex(State())

    func add(_ message: [UInt8]) { state.withLock { $0.messages.append(message) } }

    func noteHeaders() { state.withLock { $0.hasHeaders = true } }

    func end(_ record: CallRecord) { state.withLock { $0.end = record } }

    /// How the stream ended, once it has.
    var end: CallRecord? { state.withLock { $0.end } }

    var messages: [[UInt8]] { state.withLock { $0.messages } }

    var hasHeaders: Bool { state.withLock { $0.hasHeaders } }
}

extension CaseRun {
    /// Starts a call and goes on: at once, or for a stream when its headers came, at the latest after a second.
    func start(_ step: CallStep, as name: String) async throws {
        let request = marked(try message(of: step), of: step.rpc)
        if let plan = step.stream { return start(step, plan, request, as: name) }
        try noteBefore(step.rpc.name, request)
        let inbox = StreamInbox()
        let caller = try await self.caller(for: step)
        let rpc = step.rpc
        let task = Task {
            if rpc.kind == .serverStream {
                let record = await caller.stream(rpc, request, deadline: step.deadline, inbox: inbox)
                inbox.end(record)
                return (record, Record(type: rpc.response))
            }
            return await caller.call(rpc.name, request, deadline: step.deadline, receiveLimit: step.receiveLimit)
        }
        backgrounds[name] = .call(
            BackgroundCall(task: task, request: request, rpc: rpc, inbox: inbox, isFaulty: step.fault != nil)
        )
        guard rpc.kind == .serverStream else { return }
        let clock = ContinuousClock()
        let latest = clock.now + .seconds(1)
        while !inbox.hasHeaders, inbox.end == nil, clock.now < latest {
            try await Task.sleep(for: .milliseconds(10), clock: clock)
        }
        if let end = inbox.end, end.code.name == "UNIMPLEMENTED", !rpc.isCore {
            throw StepProblem.unsupported("\(rpc.name) answered UNIMPLEMENTED: \(end.message)")
        }
    }

    /// Starts a stream and goes on.
    private func start(_ step: CallStep, _ plan: StreamPlan, _ request: Record, as name: String) {
        let report = StreamReport()
        let task = Task { () -> Result<Value, any Error> in
            do {
                let (record, answer) = try await call(
                    step.rpc.name,
                    request,
                    deadline: step.deadline,
                    through: step.fault == nil ? nil : caller(for: step)
                )
                return .success(try await follow(plan, report, record, answer, request))
            } catch {
                return .failure(error)
            }
        }
        backgrounds[name] = .session(
            BackgroundSession(task: task, report: report, isForward: step.rpc.name == "PortForward")
        )
    }

    /// Starts a block and goes on.
    func start(_ block: BlockStep, _ step: Step, as name: String) {
        let outer = outerNames
        let (setting, ledger) = (setting, ledger)
        let task = Task { () -> Result<Value, any Error> in
            do {
                return .success(try await BlockRun(block, step, outer, setting, ledger).run().value)
            } catch {
                return .failure(error)
            }
        }
        backgrounds[name] = .block(BackgroundBlock(task: task))
    }

    /// Waits for the end of what is in the background; its result as if it had been done in its place.
    func finish(_ name: String) async throws -> Value {
        guard let work = backgrounds.removeValue(forKey: name) else {
            throw StepProblem.harness("'\(name)' was never started, or awaited before")
        }
        switch work {
        case .call(let call):
            let (record, answer) = await withTaskCancellationHandler {
                await call.task.value
            } onCancel: {
                call.task.cancel()
            }
            note(record, answer, call.request, isFaulty: call.isFaulty)
            if Task.isCancelled { throw CancellationError() }
            return result(record, answer, call.request, isStream: call.rpc.kind == .serverStream)
        case .block(let block):
            let outcome = await withTaskCancellationHandler {
                await block.task.value
            } onCancel: {
                block.task.cancel()
            }
            if Task.isCancelled { throw CancellationError() }
            return try outcome.get()
        case .session(let session):
            let outcome = await withTaskCancellationHandler {
                await session.task.value
            } onCancel: {
                session.task.cancel()
            }
            if Task.isCancelled { throw CancellationError() }
            if case .failure(is CancellationError) = outcome {
                // The case cancelled it itself: what it had received is its result.
                var fields = session.report.fields(isForward: session.isForward)
                fields["code"] = .text("CANCELLED")
                return .record(Record(type: "result", fields: fields))
            }
            return try outcome.get()
        }
    }

    /// What a saved value is, or what a stream received so far.
    func peek(_ name: String) throws -> Value {
        if case .session(let session)? = backgrounds[name] {
            return .record(Record(type: "result", fields: session.report.fields(isForward: session.isForward)))
        }
        guard case .call(let call)? = backgrounds[name] else {
            if let saved = bindings.values[name] { return saved }
            throw StepProblem.harness("nothing is called '\(name)'")
        }
        let messages = call.inbox.messages.compactMap { caller.decode($0, call.rpc.response) }
        return .record(Record(type: "result", fields: ["messages": .list(messages.map { .record($0) })]))
    }

    /// Ends what no step waited for: the streams that stay open to the end of the case.
    func endBackgrounds() async {
        for (_, work) in backgrounds.sorted(by: { $0.key < $1.key }) {
            work.cancel()
            switch work {
            case .call(let call):
                let (record, answer) = await call.task.value
                note(record, answer, call.request, isFaulty: call.isFaulty)
            case .block(let block): _ = await block.task.value
            case .session(let session): _ = await session.task.value
            }
        }
        backgrounds = [:]
    }
}

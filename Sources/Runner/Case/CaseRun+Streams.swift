import CRICatalog
import CRIClient
import Outcome
import Streaming
import SuiteLanguage

/// The streams behind the URLs of Exec, Attach and PortForward.
extension CaseRun {
    /// Does what the case says with the stream; the result of the call with what the stream adds.
    func follow(
        _ plan: StreamPlan,
        _ report: StreamReport,
        _ record: CallRecord,
        _ answer: Record,
        _ request: Record
    ) async throws -> Value {
        let isForward = record.rpc.name == "PortForward"
        if record.code == .ok {
            let run = StreamRun(plan: plan, report: report, bindings: bindings)
            let url = try await relayed(answer["url"]?.text ?? "", isForward: isForward)
            do {
                if isForward {
                    let ports = (request["port"]?.list ?? []).compactMap { $0.integer.flatMap { UInt16(exactly: $0) } }
                    try await run.forward(url: url, ports: ports)
                } else {
                    try await run.command(
                        url: url,
                        streams: Self.streams(request),
                        isAttach: record.rpc.name == "Attach"
                    )
                }
            } catch let problem as StreamRun.NotOffered {
                let negotiation = problem.negotiation
                throw StepProblem.unsupported(
                    "the streaming server does not speak \(plan.transport.rawValue): offered "
                        + "\(negotiation.offered.joined(separator: ", ")), it chose \(negotiation.chosen ?? "nothing")"
                )
            } catch let problem as StreamRun.NotSeen {
                throw StepProblem.awaited(problem.action, problem.expected, problem.actual)
            }
            if Task.isCancelled { throw CancellationError() }
        }
        guard case .record(var result) = result(record, answer, request, isStream: false) else { return .text("") }
        result.fields.merge(report.fields(isForward: isForward)) { _, new in new }
        return .record(result)
    }

    private static func streams(_ request: Record) -> RemoteCommandStreams {
        func asks(_ name: String) -> Bool { request[name] == .bool(true) }
        return RemoteCommandStreams(
            stdin: asks("stdin"),
            stdout: asks("stdout"),
            stderr: asks("stderr"),
            tty: asks("tty")
        )
    }

    /// The URL, or that of a relay in front of it.
    private func relayed(_ url: String, isForward: Bool) async throws -> String {
        guard let relay = context.streamRelay else { return url }
        do { return try await relay.url(for: url, isForward: isForward) } catch let error as StreamingError {
            throw StepProblem.harness("no relay in front of the stream: \(error.message)")
        }
    }

    /// Asks for the stream behind a URL, as one of another kind if that is wanted, and leaves it again.
    func followOnly(url: String, as kind: StreamKind?) async throws -> Value {
        guard let address = kind?.renamed(url) ?? (kind == nil ? url : nil) else {
            throw StepProblem.notApplicable(
                "this runtime's URLs do not say exec, attach or portforward before the token"
            )
        }
        let report = StreamReport()
        let run = StreamRun(
            plan: StreamPlan(transport: .spdy, actions: []),
            report: report,
            bindings: bindings
        )
        do {
            try await run.knock(url: try await relayed(address, isForward: kind == .portforward), as: kind ?? .exec)
        } catch let problem as StreamRun.NotOffered {
            report.negotiated(problem.negotiation)
        }
        return .record(Record(type: "stream", fields: report.fields(isForward: true)))
    }
}

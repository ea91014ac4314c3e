import CRICatalog
import CRIClient
import ManagedRuntime
import Outcome

/// Whether the runtime still lives: a managed one says so itself, another is asked.
struct RuntimeLife {
    private let context: RunContext
    /// The process that listens at the endpoint. A supervisor may have it up again before anybody asks, and then only
    /// this tells that it died.
    private var listener: Int32?

    init(_ context: RunContext) {
        self.context = context
        listener = context.managed == nil ? NetworkNamespace.owner(ofSocket: context.endpoint.path) : nil
    }

    /// Whether it died since the last look.
    mutating func hasEnded() async -> Bool {
        if let managed = context.managed { return managed.hasDied || managed.pid == nil }
        var (record, _) = await version()
        if record.code.name == "UNAVAILABLE" {
            // One broken connection is not a dead runtime; the next call dials again.
            try? await Task.sleep(for: .milliseconds(500))
            (record, _) = await version()
        }
        let current = NetworkNamespace.owner(ofSocket: context.endpoint.path)
        defer { listener = current ?? listener }
        if record.code.name == "UNAVAILABLE" { return true }
        guard let listener, let current else { return false }
        return listener != current
    }

    private func version() async -> (CallRecord, Record) {
        await Caller(context).call("Version", Record(type: "VersionRequest"), deadline: .seconds(20))
    }
}

extension CaseResult {
    /// The runtime died while this case was at work.
    mutating func died(others: Int = 0) {
        let company = others > 0 ? " (\(others) other \(others == 1 ? "case was" : "cases were") at work too)" : ""
        reason = "the runtime died during this case\(company)\(reason.isEmpty ? "" : "; \(reason)")"
        verdict = .fail
        trouble = .death
    }
}

import CRICatalog
import CRIClient
import SuiteLanguage

/// Calls on which something goes wrong.
extension CaseRun {
    /// Whom a step's call goes through: the run's client, or one behind a relay that has the step's fault.
    func caller(for step: CallStep) async throws -> Caller {
        guard let fault = step.fault else { return caller }
        let runtime = step.rpc.service == .image ? context.imageEndpoint : context.endpoint
        let link: FaultLink
        do {
            link = try await FaultLink.open(
                fault,
                on: step.rpc,
                runtime: runtime,
                socket: "\(context.folder)/\(nextName("f"))"
            )
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw StepProblem.harness("the relay for \(step.rpc.name): \(error)")
        }
        faultLinks.append(link)
        return Caller(client: link.client, catalog: context.catalog)
    }

    /// Ends the relays; what still goes on behind them is cut off.
    func endFaults() async {
        for link in faultLinks { await link.close() }
        faultLinks = []
    }
}

import ArgumentParser
import CRIClient
import FaultProxy
import Foundation
import Outcome

/// Which proxy a command is about, and how its answer is shown.
struct ControlOptions: ParsableArguments {
    @Option(help: "The control socket of the proxy. Default: CRISOL_CONTROL, else \(ProxyCommand.defaultControl).")
    var control: String?
    @Flag(help: "Show the proxy's answer as it is, as JSON.")
    var json = false

    private var path: String {
        let named = control ?? ProcessInfo.processInfo.environment["CRISOL_CONTROL"] ?? ProxyCommand.defaultControl
        // Written as the proxy's own options are, `unix:///...`, or as a path.
        return (try? Endpoint(named).path) ?? named
    }

    /// Asks the proxy, and shows its answer: as it is with `--json`, else as `show` has it.
    ///
    /// - Throws: exit code 2 when the proxy says that what it was asked is wrong, 3 when it gives no answer or cannot
    ///   do it now, each after printing why.
    func ask<Answer: Decodable>(
        _ method: String,
        _ target: String,
        body: [UInt8] = [],
        as type: Answer.Type,
        show: (Answer) -> Void
    ) async throws {
        let answer: ControlClient.Answer
        do { answer = try await ControlClient(path: path).ask(method, target, body: body) } catch {
            Console.error("crisol: \(Console.safe(error.description))")
            throw ExitCode(ExitCodes.couldNotJudge)
        }
        guard answer.status == 200 else { throw refused(answer) }
        if json {
            print(String(decoding: answer.body, as: UTF8.self), terminator: "")
            return
        }
        guard let value = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)) else {
            Console.error(
                "crisol: \(path) gave an answer of another version; use the crisol that the proxy was started with"
            )
            throw ExitCode(ExitCodes.couldNotJudge)
        }
        show(value)
    }

    private func refused(_ answer: ControlClient.Answer) -> ExitCode {
        if json { print(String(decoding: answer.body, as: UTF8.self), terminator: "") }
        let failure = try? JSONDecoder().decode(ControlMessages.Failure.self, from: Data(answer.body))
        for line in failure?.errors ?? ["the proxy answered \(answer.status)"] {
            Console.error("crisol: \(Console.safe(line))")
        }
        let isWrong = [400, 404, 413, 422].contains(answer.status)
        return ExitCode(isWrong ? ExitCodes.wrongUsage : ExitCodes.couldNotJudge)
    }
}

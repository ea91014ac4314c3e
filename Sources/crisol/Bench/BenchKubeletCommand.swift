import ArgumentParser
import CRIClient
import Foundation
import KubeletLoad
import ManagedRuntime
import Outcome
import Runner

struct BenchKubeletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelet",
        abstract: "Call a runtime as kubelet does, and tell how long it takes.",
        discussion: """
            Two connections, one for each service; the PLEG's lists a second after the
            last ones; the status of each pod and its containers once a minute;
            statistics, log rotation, images and the node's status at their periods; and
            kubelet's own deadlines. Only reads, of the pods that are there; --create-pods
            makes pods first and removes them afterwards.

            EXAMPLES
              crisol bench kubelet --endpoint unix:///run/containerd/containerd.sock \\
                  --duration 5m
              crisol bench kubelet --endpoint unix:///run/crisol/cri.sock --pods 30 --json
              crisol bench kubelet --endpoint ENDPOINT --create-pods --pods 100 \\
                  --image IMAGE

            EXIT CODES
              0  kubelet would have been content
              1  calls failed, or succeeded too rarely for kubelet
              2  wrong usage
              3  the runtime cannot be reached, or pods not be made
            """
    )

    @OptionGroup var target: EndpointOptions
    @Option(help: "How many pods; by default all that are there.")
    var pods: Int?
    @Option(help: "How long, such as 30s, 5m or 1h.")
    var duration = "60s"
    @Flag(help: "Make the pods, and remove them afterwards. Needs --pods and --image.")
    var createPods = false
    @Option(help: "The image of the pods that are made; its containers must stay.")
    var image: String?
    @Flag(
        help:
            "Read the stream of container events too, as the evented PLEG does. Not on a containerd before 2.0 that has a kubelet: the two would share one stream."
    )
    var events = false
    @Flag(help: "Write the report as JSON.")
    var json = false

    func validate() throws {
        _ = try length()
        if let pods, !(1...1000).contains(pods) { throw ValidationError("--pods is between 1 and 1000, not \(pods)") }
        guard createPods else {
            if image != nil { throw ValidationError("--image is for --create-pods") }
            return
        }
        if pods == nil { throw ValidationError("--create-pods needs --pods, how many") }
        if image == nil {
            throw ValidationError(
                "--create-pods needs --image, one whose containers stay ('crisol images save' makes one)"
            )
        }
    }

    private func length() throws -> Duration {
        guard let duration = Self.duration(duration) else {
            throw ValidationError("--duration is between 1s and 24h, such as 30s, 5m or 1h, not '\(duration)'")
        }
        return duration
    }

    static func duration(_ text: String) -> Duration? {
        guard let match = text.wholeMatch(of: /([0-9]{1,6})(s|m|h)/), let number = Int(match.1) else { return nil }
        let seconds = number * (match.2 == "h" ? 3600 : match.2 == "m" ? 60 : 1)
        return (1...86_400).contains(seconds) ? .seconds(seconds) : nil
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let found = try target.find(environment)
        let plan = KubeletLoad.Plan(duration: try length(), pods: pods, usesEvents: events)
        let session = BenchKubeletSession(found: found, plan: plan, image: createPods ? image : nil)
        let outcome: BenchKubeletSession.Outcome
        do { outcome = try await session.run(environment) } catch {
            Console.error("crisol: \(Console.safe("\(error)"))")
            throw ExitCode(ExitCodes.couldNotJudge)
        }
        let code = try show(outcome, endpoint: found.runtime)
        if code != 0 { throw ExitCode(code) }
    }

    private func show(_ outcome: BenchKubeletSession.Outcome, endpoint: Endpoint) throws -> Int32 {
        for problem in outcome.leftBehind {
            Console.error("crisol: \(Console.safe(problem)) (crisol cleanup tries again)")
        }
        guard let report = outcome.report else {
            return outcome.signal.map { 128 + $0 } ?? ExitCodes.couldNotJudge
        }
        let problems = report.problems
        if json {
            Console.line(try report.json())
        } else {
            Console.line("kubelet's calls on \(endpoint), \(report.podsUsed) of \(report.podsPresent) pods")
            Console.line()
            Console.line(report.text())
            for problem in problems { Console.line(Console.safe(problem)) }
        }
        let word = outcome.signal != nil ? "INTERRUPTED" : (problems.isEmpty ? "PASS" : "FAIL")
        let line =
            "crisol: \(word)  \(report.calls) calls, \(problems.count) \(problems.count == 1 ? "problem" : "problems") (\(report.runtime), \(report.elapsed.secondsText) s)"
        if json { Console.error(Console.safe(line)) } else { Console.line(Console.safe(line)) }
        if let signal = outcome.signal { return 128 + signal }
        if !outcome.leftBehind.isEmpty { return ExitCodes.couldNotJudge }
        return problems.isEmpty ? ExitCodes.good : ExitCodes.badVerdict
    }
}

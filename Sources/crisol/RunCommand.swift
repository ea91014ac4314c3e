import AgentProtocol
import ArgumentParser
import CRICatalog
import CRIClient
import Foundation
import ManagedRuntime
import Outcome
import Report
import Runner
import Streaming
import SuiteLanguage
import TestImages

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Judge a runtime with suites.",
        discussion: """
            Makes sandboxes, containers and images of its own, judges what the runtime
            does with them, and removes them all. Writes index.html, results.json,
            junit.xml and summary.md.

            EXAMPLES
              crisol run --managed containerd
              crisol run --managed containerd=/opt/containerd-1.7 --case 'container.*'
              crisol run --endpoint unix:///run/crio/crio.sock my-suites/

            VERDICTS OF A CASE
            \(verdicts)

            EXIT CODES
              0  every must was kept
              1  a must is broken or ignored, something leaked, or the runtime died
                 at a case; or a case has a verdict of --fail-on
              2  wrong usage, or a bad suite
              3  could not judge: no runtime, nothing ran, the time was over, the
                 harness failed
              128+n  interrupted by signal n, after clean-up

            ENVIRONMENT
              CRISOL_STATE  where runs and unpacked packages are kept
                            (default: /var/lib/crisol)
            """
    )

    private static var verdicts: String {
        Verdict.allCases.map { "  \($0.rawValue.padding(toLength: 16, withPad: " ", startingAt: 0))\($0.meaning)" }
            .joined(separator: "\n")
    }

    @OptionGroup var suites: SuiteOptions
    @OptionGroup var target: EndpointOptions
    @Option(
        help:
            "Start a private runtime and judge that: containerd, containerd@1.7 (from Debian's suites), or containerd=DIR with its programs."
    )
    var managed: ManagedOption?
    @Flag(
        help:
            "Leave a managed runtime in this machine's network namespace. net.ipv4.ip_forward stays switched on there, and the portmap plugin's chains stay."
    )
    var shareNetwork = false
    @Flag(help: "Make all calls through crisol's own relay without a rule: what it changes, it must not.")
    var throughProxy = false
    @OptionGroup var selection: SelectionOptions
    @Option(
        help:
            "A file of known differences, or the name of one of crisol's own (containerd-1.6): what is broken there is a deviation, with its reason."
    )
    var profile: String?
    @Option(help: "Draft a file of known differences from what this run finds broken.", completion: .file())
    var writeProfile: String?
    @Option(help: "The Kubernetes minor the runtime is judged for, such as 1.34. Default: that of its own API.")
    var kubernetes: String?
    @Option(name: .customLong("repeat"), help: "How often every case is judged; the worst verdict counts.")
    var rounds = 1
    @Option(
        help:
            "Verdicts that fail the run too, such as deviation,unsupported,not-run: it ends with 1. A difference that the --profile knows does not."
    )
    var failOn: String?
    @Flag(help: "Begin no further case after the first failure; a verdict of --fail-on is one.")
    var failFast = false
    @Option(help: "Where the report goes.", completion: .directory)
    var output = "reports/latest"
    @Option(help: "How many cases work at a time. Default: twice the processors, at most 16.")
    var parallel: Int?
    @Option(
        help:
            "Bound on the whole run, such as 10m. Cases at work then are ended and cleaned up; with one not run, the run ends with 3."
    )
    var timeout: String?
    @Option(help: "The address the test registry listens on, as the runtime reaches it.")
    var registryAddress = "127.0.0.1:0"
    @Option(help: "A certificate in PEM for the test registry, for a runtime that wants TLS.", completion: .file())
    var registryCertificate: String?
    @Option(help: "Its private key in PEM.", completion: .file())
    var registryKey: String?
    @Option(
        help: "A file with 'agent: REFERENCE': a test image that the node has or can pull (crisol images save).",
        completion: .file()
    )
    var imageMap: String?
    @Option(help: "The runtime handler of every sandbox. Default: the runtime's own.")
    var runtimeHandler = ""

    @Option(
        help:
            "Break every stream on its way, to see that cases notice: \(StreamBreakage.words)."
    )
    var breakStreams: String?

    @Flag(name: .customLong("prove"), help: .hidden)
    var proves = false

    func validate() throws {
        if target.endpoint != nil, managed != nil {
            throw ValidationError("--endpoint and --managed exclude each other")
        }
        if target.imageEndpoint != nil, managed != nil {
            throw ValidationError(
                "a managed runtime has its images in the same place: --image-endpoint goes with --endpoint"
            )
        }
        if let writeProfile, FileManager.default.fileExists(atPath: writeProfile) {
            throw ValidationError("--write-profile never writes over a file, and \(writeProfile) is there")
        }
        if (registryCertificate == nil) != (registryKey == nil) {
            throw ValidationError("--registry-certificate and --registry-key go together")
        }
        if registryCertificate != nil, managed != nil {
            throw ValidationError(
                "a managed runtime is told whom to trust: --registry-certificate goes with --endpoint"
            )
        }
        if !(1...1000).contains(rounds) { throw ValidationError("--repeat is a number from 1 to 1000") }
        _ = try minor()
        try checkRegistryAddress()
        if shareNetwork, managed == nil { throw ValidationError("--share-network goes with --managed") }
        if let parallel, !(1...64).contains(parallel) { throw ValidationError("--parallel is a number from 1 to 64") }
        _ = try bound()
        _ = try failingVerdicts()
        _ = try breakage()
    }

    /// What `--break-streams` asks for.
    func breakage() throws -> StreamBreakage? {
        guard let breakStreams else { return nil }
        guard let breakage = StreamBreakage(breakStreams) else {
            throw ValidationError("--break-streams is one of \(StreamBreakage.words); not '\(breakStreams)'")
        }
        return breakage
    }

    /// The verdicts of `--fail-on`.
    func failingVerdicts() throws -> Set<Verdict> {
        var verdicts: Set<Verdict> = []
        for word in (failOn ?? "").split(separator: ",") {
            guard let verdict = Verdict(rawValue: String(word)), verdict != .pass else {
                let known = Verdict.allCases.filter { $0 != .pass }.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--fail-on takes verdicts joined by commas (\(known)), not '\(word)'")
            }
            verdicts.insert(verdict)
        }
        return verdicts
    }

    private func minor() throws -> KubernetesMinor? {
        guard let kubernetes else { return nil }
        guard let minor = KubernetesMinor(kubernetes) else {
            throw ValidationError("--kubernetes is a minor such as 1.34, not '\(kubernetes)'")
        }
        return minor
    }

    private func bound() throws -> Duration? {
        guard let timeout else { return nil }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        guard let last = timeout.last, let scale = units[last], let number = Int(timeout.dropLast()),
            (1...100_000).contains(number)
        else { throw ValidationError("--timeout is a duration such as 90s, 10m or 2h, not '\(timeout)'") }
        return .seconds(number * scale)
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        if !NamespaceSession.isInside { try checkPlaces(environment) }
        let set = try suites.load()
        let selected = try selection.select(from: set.cases, areNamed: !suites.suites.isEmpty)
        let files = try RunFiles(of: self, cases: set.cases)
        if !NamespaceSession.isInside { try checkOutputs() }
        let signals = Signals()
        let session = RunSession(
            command: self,
            cases: selected,
            files: files,
            environment: environment,
            signals: signals
        )
        let code: Int32
        do {
            if managed == nil {
                code = try await session.againstEndpoint()
            } else if NamespaceSession.isInside {
                code = try await session.insideNamespaces()
            } else {
                code = try await session.aroundNamespaces()
            }
        } catch let error as ValidationError {
            throw error
        } catch let code as ExitCode {
            // No runtime was found, which has been said.
            Console.error("crisol: --managed containerd starts a private one")
            throw code
        } catch {
            Console.error("crisol: \(Console.safe("\(error)"))")
            throw ExitCode(afterFailure: error)
        }
        if code != 0 { throw ExitCode(code) }
    }

    /// What the Runner is asked to do.
    func plan(_ selected: [Case], known: [KnownDifference]) throws -> RunPlan {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        return RunPlan(
            cases: selected,
            parallel: parallel ?? min(16, processors * 2),
            timeout: try bound(),
            command: ["crisol"] + CommandLine.arguments.dropFirst(),
            rerunPrefix: rerun,
            runtimeHandler: runtimeHandler,
            known: known,
            failFast: failFast,
            failOn: try failingVerdicts(),
            target: try minor(),
            rounds: rounds,
            proves: proves
        )
    }
}

extension RunCommand {
    /// The command that judges a case again: everything that a verdict may depend on, as a shell takes it.
    private var rerun: String {
        var words = ["crisol", "run"]
        func add(_ option: String, _ value: String?) { if let value { words += [option, value] } }
        add("--managed", managed?.description)
        if shareNetwork { words.append("--share-network") }
        add("--endpoint", target.endpoint)
        add("--image-endpoint", target.imageEndpoint)
        add("--kubernetes", kubernetes)
        add("--profile", profile)
        if throughProxy { words.append("--through-proxy") }
        add("--break-streams", breakStreams)
        add("--runtime-handler", runtimeHandler.isEmpty ? nil : runtimeHandler)
        add("--registry-address", registryAddress == "127.0.0.1:0" ? nil : registryAddress)
        add("--registry-certificate", registryCertificate)
        add("--registry-key", registryKey)
        add("--image-map", imageMap)
        return (words + suites.suites).map(ShellWord.quoted).joined(separator: " ")
    }
}

extension ExitCode {
    /// What a command ends with that could not do its work: because it was interrupted, or for another reason.
    init(afterFailure error: any Error) {
        self = ExitCode((error as? RuntimeError)?.signal.map { 128 + $0 } ?? ExitCodes.couldNotJudge)
    }
}

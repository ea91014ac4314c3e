import ArgumentParser
import CRIClient
import FaultProxy
import Foundation
import ManagedRuntime
import Outcome

struct ProxyCommand: AsyncParsableCommand {
    static let defaultControl = "/run/crisol/control.sock"

    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the proxy; 'run' can be left out.",
        discussion: """
            Listens on a socket of its own, with the owner and mode of the runtime's, and
            passes every byte on as it is, unless a rule says otherwise. Stays in the
            foreground. Rules come from a plan or a preset, or are armed with 'crisol
            faults'; every rule ends by itself.

            SIGNALS
              SIGTERM, SIGINT  take no more connections, tell clients to go elsewhere, and
                               end with the last call; a second one cuts what is left
              SIGHUP           read the plan again; a bad one changes nothing
              SIGUSR1          the kill switch: no rule any more, everything held goes on

            Under systemd it takes the listening socket of a socket unit (one named
            'control' becomes the control socket) and says when it is ready. Then it
            relays whatever else fails, because kubelet has no other runtime: a plan,
            ledger, control socket or metrics that cannot be had are left out, standard
            error and the unit's status say so, and a plan that is right again is put in
            force by a reload. And it ends with the last call or after 7 seconds: nobody
            answers kubelet meanwhile.

            EXAMPLES
              crisol proxy --listen unix:///run/crisol/cri.sock \\
                  --upstream unix:///run/containerd/containerd.sock
              kubelet --container-runtime-endpoint=unix:///run/crisol/cri.sock ...
              crisol proxy --listen ... --upstream ... \\
                  --preset sandbox-lost-response --namespace staging

            EXIT CODES
              0  ended when it was asked to
              2  wrong usage, or a bad plan
              3  cannot listen, or a runtime's socket is not there
              128+n  cut short by signal n
            """
    )

    @Option(help: "The socket to listen on. A socket unit of systemd makes it needless.", completion: .file())
    var listen: String?
    @Option(help: "The runtime's socket.", completion: .file())
    var upstream: String
    @Option(help: "A file of rules to begin with.", completion: .file())
    var plan: String?
    @Option(help: "One of crisol's own plans to begin with (crisol faults presets).")
    var preset: String?
    @OptionGroup var planOptions: PlanOptions
    @Option(help: "Where every call is written down, as lines of JSON; its folder is made.", completion: .file())
    var ledger: String?
    @Option(help: "How large a ledger becomes before it is renamed to FILE.1; three of those are kept.")
    var ledgerMax = ByteSize(bytes: 64 << 20)
    @Option(help: "Also serve metrics for Prometheus at ADDRESS:PORT.")
    var metrics: TCPAddress?
    @Option(help: "The socket of 'crisol faults', for root alone; 'none' for none.", completion: .file())
    var control = ProxyCommand.defaultControl
    @Option(help: "Where all randomness starts: the same seed makes the same decisions. Default: the plan's, else 0.")
    var seed: UInt64?
    @Flag(help: "Only say what rules would do.")
    var dryRun = false
    @Option(
        help: "A ledger of an earlier run with the same plan: what was hit then, by object and count, is hit again.",
        completion: .file()
    )
    var replay: String?
    @Option(help: "While this file exists no rule is in force and none can be armed.", completion: .file())
    var killFile: String?
    @Option(help: "How many threads share the connections.")
    var threads = 1
    @Flag(help: "Take the place of a 'crisol proxy' that listens there: it is asked to end with its last call.")
    var replace = false

    mutating func validate() throws {
        if !(1...64).contains(threads) { throw ValidationError("--threads is a number from 1 to 64") }
        if ledger == nil, ledgerMax != ByteSize(bytes: 64 << 20) {
            throw ValidationError("--ledger-max goes with --ledger")
        }
        if plan != nil, preset != nil { throw ValidationError("--plan and --preset exclude each other") }
        if plan == nil, preset == nil {
            if replay != nil { throw ValidationError("--replay goes with the --plan or --preset of the run") }
            if try !planOptions.parameters().isEmpty {
                throw ValidationError("--set and --namespace go with --plan or --preset")
            }
        }
        if replay != nil, seed != nil { throw ValidationError("--replay takes the seed of the run: leave --seed out") }
        let upstream = try Self.path(upstream, "--upstream")
        if let listen {
            guard try Self.path(listen, "--listen") != upstream else {
                throw ValidationError("--listen and --upstream are the same socket")
            }
        }
        if control != "none" { control = try Self.path(control, "--control") }
    }

    /// The path of a socket that an option names.
    static func path(_ text: String, _ option: String) throws -> String {
        do { return try Endpoint(text).path } catch { throw ValidationError("\(option): \(error)") }
    }

    func run() async throws {
        let signals = Signals(and: SIGUSR1)
        // A ledger that reaches a limit on files costs lines, not calls.
        signal(SIGXFSZ, SIG_IGN)
        let code: Int32
        do {
            code = try await ProxySession(self, environment: ProcessInfo.processInfo.environment).run(signals)
        } catch let error as ValidationError {
            throw error
        } catch let problem as PlanProblem {
            for line in problem.lines { Console.error(Console.safe(line)) }
            throw ExitCode(ExitCodes.wrongUsage)
        } catch {
            Console.error("crisol: \(Console.safe("\(error)"))")
            throw ExitCode(ExitCodes.couldNotJudge)
        }
        if code != 0 { throw ExitCode(code) }
    }
}

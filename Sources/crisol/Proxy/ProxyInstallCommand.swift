import ArgumentParser
import Foundation
import Outcome
import ProxyInstall

struct ProxyInstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Put the proxy between this node's kubelet and its runtime.",
        discussion: """
            Finds where kubelet has its runtime's socket from, changes exactly that one
            place, and writes a socket and a service unit. A record is kept from which
            'crisol proxy uninstall' puts back every byte. Nothing is started or
            restarted: what is to be done is printed. When it is not sure which place is
            in force, nothing is changed, and everything that was found is listed.

            EXAMPLES
              crisol proxy install --dry-run              show what would change
              crisol proxy install -- --ledger /var/log/crisol/ledger.jsonl
              crisol proxy uninstall

            EXIT CODES
              0  done, or shown
              2  wrong usage
              3  not sure, or not possible: nothing was changed
            """
    )

    @Option(help: "The folder that stands for / of the node.", completion: .directory)
    var root = "/"
    @Option(help: "The unit that starts kubelet.")
    var unit = "kubelet.service"
    @Option(help: "The path of the proxy's socket. By default one below /run/crisol that suits the runtime.")
    var listen: String?
    @Option(help: "Where crisol is on the node. Default: this program.", completion: .file())
    var program: String?
    @Flag(help: "Show what would change, and change nothing.")
    var dryRun = false
    @Argument(parsing: .postTerminator, help: "More options for 'crisol proxy', after --.")
    var options: [String] = []

    func validate() throws {
        if let program, !program.hasPrefix("/") { throw ValidationError("--program is an absolute path") }
        if !root.hasPrefix("/") { throw ValidationError("--root is an absolute path") }
        try UnitOptions(words: options, root: root).check()
    }

    func run() throws {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/bin/crisol"
        var wish = ProxyInstallation.Wish(program: program ?? own)
        wish.root = root
        wish.unit = unit
        wish.listen = listen
        wish.options = options
        do {
            let installation = try ProxyInstallation(wish)
            Console.line("in force: \(Console.safe(installation.place.text))")
            if dryRun {
                Console.line(Console.safe(installation.diff))
            } else {
                try installation.install()
                Console.line("kubelet will be told \(Console.safe(installation.endpoint))")
            }
            for note in installation.notes { Console.line("note: \(Console.safe(note))") }
        } catch {
            try ProxyProblem.end(error)
        }
    }
}

struct ProxyUninstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Take back what 'crisol proxy install' changed.",
        discussion: """
            Puts back every byte of the file that was changed, and removes the units. What
            somebody has changed since is named and left: of kubelet's own file only the
            endpoint is taken back then. While another place names the proxy's socket, as
            after a 'kubeadm upgrade', or when that cannot be told, nothing is changed:
            kubelet would find nobody there. It says which place, and what to write there.

            EXIT CODES
              0  done, or shown
              2  wrong usage
              3  not possible, or something was left
            """
    )

    @Option(help: "The folder that stands for / of the node.", completion: .directory)
    var root = "/"
    @Flag(help: "Show what would change, and change nothing.")
    var dryRun = false

    func validate() throws {
        if !root.hasPrefix("/") { throw ValidationError("--root is an absolute path") }
    }

    func run() throws {
        let removal = ProxyRemoval(root: root)
        do {
            if dryRun {
                Console.line(Console.safe(try removal.diff()))
                return
            }
            let removed = try removal.remove()
            guard removed.left.isEmpty else {
                for line in removed.left { Console.error("crisol: \(Console.safe(line))") }
                throw ExitCode(ExitCodes.couldNotJudge)
            }
            Console.line("\(Console.safe(removed.file)); the units are gone")
            Console.line(
                "note: systemctl daemon-reload && systemctl restart \(Console.safe(removed.unit)) && systemctl stop crisol-proxy.service crisol-proxy.socket"
            )
        } catch let problem as InstallProblem {
            try ProxyProblem.end(problem)
        }
    }
}

/// How both commands end when they cannot do their work.
enum ProxyProblem {
    static func end(_ problem: InstallProblem) throws {
        for line in problem.lines { Console.error("crisol: \(Console.safe(line))") }
        throw ExitCode(ExitCodes.couldNotJudge)
    }
}

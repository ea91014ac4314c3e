import ArgumentParser
import Foundation
import Outcome
import Report

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Draw a report of a run's results, or of a proxy's ledger.",
        discussion: """
            What a file is, its content tells. The results of a run become index.html, junit.xml and summary.md; a
            ledger becomes one page: how many calls there were, which of them a rule touched, when, and what came of it.
            The files that a ledger was rotated into can be given together, oldest first.

            EXAMPLES
              crisol report reports/latest/results.json --output reports/again
              crisol report /var/log/crisol/ledger.jsonl
              crisol report ledger.jsonl.2 ledger.jsonl.1 ledger.jsonl --output ledger.html

            EXIT CODES
              0  written      2  a file is neither, or cannot be read      3  written, but lines had to be left out
            """
    )

    @Argument(help: "One results.json, or the files of a ledger.", completion: .file())
    var files: [String]
    @Option(
        help:
            "For results a folder, by default the one they are in; for a ledger a file, by default its name and .html.",
        completion: .file()
    )
    var output: String?

    func validate() throws {
        if files.isEmpty { throw ValidationError("name a results.json or the files of a ledger") }
    }

    func run() throws {
        var kinds: [ReportedFile.Kind] = []
        for file in files {
            do { kinds.append(try ReportedFile(file).kind) } catch { throw ValidationError("\(error)") }
        }
        guard kinds.contains(.results) else { return try drawLedger() }
        guard files.count == 1, let file = files.first else {
            throw ValidationError("results are drawn one at a time, and not together with ledgers")
        }
        try drawResults(file)
    }

    private func drawResults(_ file: String) throws {
        let results: Results
        do { results = try ReportedFile(file).results() } catch { throw ValidationError("\(error)") }
        let folder = output ?? ReportFolder.folder(of: file)
        let path = folder.isEmpty ? "." : folder
        try written { try ReportFolder(path: path).draw(results) }
        Console.line("\(path)/index.html")
        Console.line(Console.safe(results.verdictLine))
    }

    private func drawLedger() throws {
        var summary = LedgerSummary()
        do {
            for file in files { try ReportedFile(file).read(into: &summary) }
        } catch {
            throw ValidationError("\(error)")
        }
        let target = output ?? "\(files.last ?? "ledger").html"
        try written { try ReportFolder.write(Data(LedgerHTMLReport().render(summary, files: files).utf8), to: target) }
        for problem in summary.problems { Console.error("crisol: \(Console.safe(problem))") }
        for place in summary.cutOff {
            Console.error("crisol: \(Console.safe(place)): the last line is cut off and left out")
        }
        // Where the page itself goes to standard output, nothing else does.
        if target != "/dev/stdout" { Console.line(target) }
        guard summary.brokenLines > 0 else { return }
        Console.error("crisol: \(summary.brokenLines) lines are left out of the report")
        throw ExitCode(ExitCodes.couldNotJudge)
    }

    private func written(_ body: () throws -> Void) throws {
        do { try body() } catch {
            Console.error("crisol: \(error)")
            throw ExitCode(ExitCodes.couldNotJudge)
        }
    }
}

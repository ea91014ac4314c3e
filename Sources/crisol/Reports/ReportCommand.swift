import ArgumentParser
import FaultProxy
import Foundation
import Outcome
import Report

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Draw a report of a run's results, or of a proxy's ledger.",
        discussion: """
            What a file is, its content tells. The results of a run become
            index.html, junit.xml and summary.md; a ledger becomes one page: how many
            calls there were, which of them a rule touched, when, and what came of
            it. The files that a ledger was rotated into (ledger.jsonl.1, ...) are
            read with it; of several files the oldest calls come first.

            EXAMPLES
              crisol report reports/latest/results.json --output reports/again
              crisol report /var/log/crisol/ledger.jsonl
              crisol report node-a.jsonl node-b.jsonl --output ledger.html
              zcat old.jsonl.gz | crisol report /dev/stdin --output old.html

            EXIT CODES
              0  written (the last line of a ledger may be cut off, which is said)
              2  a file is neither, or cannot be read
              3  written without lines that cannot be read, or not written
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
        var opened: [ReportedFile] = []
        do {
            for file in files { opened.append(try ReportedFile(file)) }
            if files.count == 1, opened[0].kind == .ledger {
                for file in LedgerFiles.oldestFirst(files[0]).dropLast() { opened.append(try ReportedFile(file)) }
            }
        } catch {
            throw ValidationError("\(error)")
        }
        guard opened.contains(where: { $0.kind == .results }) else { return try drawLedger(Self.sorted(opened)) }
        guard opened.count == 1, let file = opened.first else {
            throw ValidationError("results are drawn one at a time, and not together with ledgers")
        }
        try drawResults(file)
    }

    /// Oldest first, where all say when they began: what came after the last fault is asked of them.
    private static func sorted(_ ledgers: [ReportedFile]) -> [ReportedFile] {
        let times = ledgers.compactMap(\.began)
        guard times.count == ledgers.count else { return ledgers }
        return zip(times, ledgers).sorted { $0.0 < $1.0 }.map(\.1)
    }

    private func drawResults(_ file: ReportedFile) throws {
        let results: Results
        do { results = try file.results() } catch { throw ValidationError("\(error)") }
        let folder = output ?? ReportFolder.folder(of: file.path)
        let path = folder.isEmpty ? "." : folder
        try written { try ReportFolder(path: path).draw(results) }
        Console.line("\(path)/index.html")
        Console.line(Console.safe(results.verdictLine))
    }

    private func drawLedger(_ ledgers: [ReportedFile]) throws {
        var summary = LedgerSummary()
        do {
            for ledger in ledgers { try ledger.read(into: &summary) }
        } catch {
            throw ValidationError("\(error)")
        }
        let target = output ?? "\(files.last ?? "ledger").html"
        try written {
            let page = try LedgerHTMLReport()
            try ReportFolder.write(Data(page.render(summary, files: ledgers.map(\.path)).utf8), to: target)
        }
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

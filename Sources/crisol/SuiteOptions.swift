import ArgumentParser
import CRICatalog
import Foundation
import Outcome
import SuiteLanguage

/// Which suites and cases a command is about.
struct SuiteOptions: ParsableArguments {
    @Argument(help: "Suite files, or folders with them. Default: crisol's own.", completion: .file())
    var suites: [String] = []

    /// The suites, without a single finding.
    ///
    /// - Throws: exit code 2 after printing what is wrong.
    func load() throws -> SuiteSet {
        let set = try read()
        guard set.diagnostics.isEmpty else {
            for text in set.rendered() { Console.error(Console.safe(text)) }
            let count = set.diagnostics.count
            Console.error("crisol: \(count) \(count == 1 ? "mistake" : "mistakes") in the suites; nothing was run")
            throw ExitCode(ExitCodes.wrongUsage)
        }
        return set
    }

    /// The suites that were named, else those of the working tree the program was built in, else those that are part
    /// of it.
    func read() throws -> SuiteSet {
        if !suites.isEmpty { return SuiteSet.load(paths: suites) }
        let standard = "suites/conformance"
        if let path = OwnFiles.path(of: standard) { return SuiteSet.load(paths: [path]) }
        let own = OwnFiles.embedded(in: standard)
        guard own.isEmpty else { return SuiteSet.load(texts: own) }
        throw ValidationError("this crisol was built without suites: name those to use")
    }
}

/// Selecting cases by id.
enum CaseSelection {
    /// The cases whose id matches one of the patterns; `*` stands for any text. All of them without patterns.
    ///
    /// - Parameter areNamed: whether the suites were named with the command, and are not crisol's own.
    /// - Throws: `ValidationError` for a pattern that no case matches.
    static func select(_ patterns: [String], from cases: [Case], areNamed: Bool) throws -> [Case] {
        guard !patterns.isEmpty else { return cases }
        for pattern in patterns where !cases.contains(where: { matches($0.id, pattern) }) {
            let hint = Spelling.nearest(to: pattern, among: cases.map(\.id)).map { "did you mean \($0)? " } ?? ""
            let list =
                areNamed
                ? "crisol list, with the same suites, names them all"
                : "crisol list names them all; suites of your own are named with the command"
            throw ValidationError("no case is called '\(pattern)' (\(hint)\(list))")
        }
        // Who names a case means that one, though others may stand below it.
        let ids = Set(cases.map(\.id))
        return cases.filter { item in patterns.contains { ids.contains($0) ? item.id == $0 : matches(item.id, $0) } }
    }

    /// A whole id, or one with the rows of a matrix or others behind it, or a pattern.
    static func matches(_ id: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1 { return id == pattern || id.hasPrefix(pattern + ".") }
        guard id.hasPrefix(parts[0]) else { return false }
        var rest = id.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.range(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        let last = parts[parts.count - 1]
        return rest.count >= last.count && rest.hasSuffix(last)
    }
}

import ArgumentParser
import CRICatalog
import Foundation
import ManagedRuntime
import Outcome
import Report
import SuiteLanguage

/// What is looked at before a run begins.
extension RunCommand {
    /// The differences of `--profile`.
    ///
    /// - Throws: exit code 2 after printing what is wrong.
    func knownDifferences(_ cases: [Case]) throws -> [KnownDifference] {
        guard let file = profile else { return [] }
        let (found, mistakes) = try Self.profile(file)
        let all = mistakes + (found?.mistakes(beside: cases) ?? [])
        guard let found, all.isEmpty else {
            for mistake in all { Console.error(Console.safe(mistake.description)) }
            throw ExitCode(ExitCodes.wrongUsage)
        }
        // The inside of a managed run reads it again, and once is enough to say so.
        if !NamespaceSession.isInside, let note = found.note(beside: cases) { Console.line("note: \(note)") }
        return found.differences
    }

    /// A profile's file, or one of crisol's own by its name.
    private static func profile(_ name: String) throws -> (profile: Profile?, diagnostics: [Diagnostic]) {
        let isPath = name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        if isPath || FileManager.default.fileExists(atPath: name) { return ProfileReader.read(file: name) }
        let folder = "suites/profiles"
        let own = OwnFiles.texts(in: folder)
        let file = "\(folder)/\(name).yaml"
        if let text = own.first(where: { $0.name == file })?.text { return ProfileReader.read(text: text, file: file) }
        let names = own.map { String($0.name.dropFirst(folder.count + 1).dropLast(5)) }
        let hint = Spelling.nearest(to: name, among: names).map { "did you mean \($0)? " } ?? ""
        throw ValidationError(
            "no profile is called '\(name)' (\(hint)crisol's own are \(names.joined(separator: ", ")); a file of yours is named by its path, ./\(name).yaml)"
        )
    }

    func checkRegistryAddress() throws {
        guard let colon = registryAddress.lastIndex(of: ":"), colon != registryAddress.startIndex,
            UInt16(registryAddress[registryAddress.index(after: colon)...]) != nil
        else {
            throw ValidationError("--registry-address is HOST:PORT, such as 127.0.0.1:5555, not '\(registryAddress)'")
        }
    }

    /// What a run finds out must not be lost because it cannot be written.
    func checkOutputs() throws {
        do { try ReportFolder(path: output).check(beside: writeProfile) } catch {
            throw ValidationError("\(error); nothing was run")
        }
    }
}

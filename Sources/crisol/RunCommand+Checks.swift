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

    /// What a run finds out must not be lost because it cannot be written. An earlier report goes.
    func checkOutputs() throws {
        do { try ReportFolder(path: output).check(beside: writeProfile) } catch {
            throw ValidationError("\(error); nothing was run")
        }
        ReportFolder(path: output).clear()
    }

    /// A managed run has a `/run` and a `/proc` of its own: what stands there outside is not inside, and what is written
    /// there inside is gone with it.
    func checkPlaces(_ environment: [String: String]) throws {
        guard let managed else { return }
        var places: [(what: String, path: String?)] = [
            ("--output", output), ("--write-profile", writeProfile), ("--profile", profile), ("--image-map", imageMap),
            ("CRISOL_STATE", StateFolder(environment: environment).path),
        ]
        if case .tree(let folder) = managed.source { places.append(("--managed", folder)) }
        places += suites.suites.map { ("the suite", $0) }
        for (what, path) in places {
            guard let path, let hidden = Self.hidden(path) else { continue }
            throw ValidationError(
                "\(what) \(path): a managed run has a \(hidden) of its own, so this is another place inside; name one elsewhere"
            )
        }
    }

    /// The folder of a managed run's own in which a path leads, if it leads there. What is not there yet counts too.
    private static func hidden(_ path: String) -> String? {
        var place = path
        var rest = ""
        while true {
            if let resolved = realpath(place.isEmpty ? "." : place, nil) {
                defer { free(resolved) }
                let whole = String(cString: resolved) + rest
                return ["/run", "/proc"].first { whole == $0 || whole.hasPrefix("\($0)/") }
            }
            let outer = ReportFolder.folder(of: place)
            guard outer != place, !place.isEmpty else { return nil }
            rest = place.dropFirst(outer.count) + rest
            if !rest.hasPrefix("/") { rest = "/" + rest }
            place = outer
        }
    }
}

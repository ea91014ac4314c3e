public import CRICatalog
public import FaultModel
import Foundation

/// All suites of a run, with what only shows between files checked: duplicate ids, unknown needs, circles.
public struct SuiteSet: Sendable {
    /// The suites that could be read.
    public let suites: [Suite]
    /// The fault plans beside them, with the defaults of their parameters.
    public let plans: [FaultPlan]
    /// The profiles beside them.
    public let profiles: [Profile]
    /// Everything that is wrong, in the order of files and lines.
    public let diagnostics: [Diagnostic]
    /// The lines of each file by its name, for messages.
    public let lines: [String: [Substring]]

    /// The cases of all suites, in the order of the files.
    public var cases: [Case] { suites.flatMap(\.cases) }

    /// The case proving each fixture: what a case with that fixture stands on.
    private static let provingCases = (
        sandbox: "sandbox.run.ready", container: "container.start.running", image: "image.pull.status",
        log: "log.content.readable", exec: "exec.stdout"
    )

    /// Reads files, and all `*.yaml` and `*.yml` files in folders and below them, in the order of their names.
    public static func load(paths: [String], catalog: Catalog = .cri) -> SuiteSet {
        var gathering = Gathering(catalog: catalog)
        for path in paths {
            let files = files(at: path)
            if files.isEmpty {
                gathering.diagnostics.append(
                    Diagnostic("no suite (*.yaml) in this folder", at: SourcePosition(file: path, line: 1, column: 1))
                )
            }
            for file in files { gathering.add(file: file) }
        }
        return gathering.finish()
    }

    /// Reads suites that are not files, such as those that are part of the program.
    ///
    /// - Parameter texts: each with the name messages call it by.
    public static func load(texts: [(name: String, text: String)], catalog: Catalog = .cri) -> SuiteSet {
        var gathering = Gathering(catalog: catalog)
        for (name, text) in texts { gathering.add(text, named: name) }
        return gathering.finish()
    }

    /// Suites and profiles on their way to becoming a set.
    private struct Gathering {
        let catalog: Catalog
        var suites: [Suite] = []
        var diagnostics: [Diagnostic] = []
        var lines: [String: [Substring]] = [:]
        var profiles: [Profile] = []
        var plans: [FaultPlan] = []

        init(catalog: Catalog) { self.catalog = catalog }

        mutating func add(file: String) {
            guard lines[file] == nil else { return }
            do { add(try DocumentReader.text(ofFile: file), named: file) } catch {
                lines[file] = []
                diagnostics.append(error)
            }
        }

        mutating func add(_ text: String, named name: String) {
            guard lines[name] == nil else { return }
            lines[name] = text.split(separator: "\n", omittingEmptySubsequences: false)
            let root = try? DocumentReader.read(text, file: name)
            if let root, FaultPlanReader.isPlan(root) {
                let (plan, mistakes) = FaultPlanReader(catalog: catalog).read(text: text, file: name)
                diagnostics += mistakes
                if let plan { plans.append(plan) }
                return
            }
            if let root, ProfileReader.isProfile(root) {
                let (profile, mistakes) = ProfileReader.read(text: text, file: name)
                diagnostics += mistakes
                if let profile { profiles.append(profile) }
                return
            }
            let (suite, found) = SuiteReader(catalog: catalog).read(text: text, file: name)
            diagnostics += found
            if let suite { suites.append(suite) }
        }

        func finish() -> SuiteSet {
            var check = CrossCheck(suites: suites)
            check.run(proving: SuiteSet.provingCases)
            // A profile alone says nothing about which cases there are.
            let unknown = suites.isEmpty ? [] : profiles.flatMap { $0.mistakes(beside: suites.flatMap(\.cases)) }
            return SuiteSet(
                suites: check.suites,
                plans: plans,
                profiles: profiles,
                diagnostics: diagnostics + unknown + check.diagnostics.deduplicated,
                lines: lines
            )
        }
    }

    private static func files(at path: String) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return [path]
        }
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            (name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
                && !name.split(separator: "/").contains { $0.hasPrefix(".") }
        }.sorted().map { "\(folder)/\($0)" }
    }

    /// The diagnostics as text, each with its line.
    public func rendered() -> [String] {
        diagnostics.map { $0.render(lines: lines[$0.position.file] ?? []) }
    }
}

/// What only shows when all suites are there.
private struct CrossCheck {
    var suites: [Suite]
    var diagnostics: [Diagnostic] = []

    init(suites: [Suite]) { self.suites = suites }

    mutating func run(proving: (sandbox: String, container: String, image: String, log: String, exec: String)) {
        var byID: [String: Case] = [:]
        for suite in suites {
            for item in suite.cases {
                if let earlier = byID[item.id] {
                    diagnostics.append(
                        Diagnostic(
                            "the id '\(item.id)' is also that of the case at \(earlier.position)",
                            at: item.position
                        )
                    )
                }
                byID[item.id] = item
            }
        }
        // A case may name a matrix as a whole, by the id before its rows.
        let ids = Set(byID.keys)
        var graph: [String: [String]] = [:]
        for item in byID.values {
            var needs: [String] = []
            for need in item.needs {
                let rows = ids.filter { $0.hasPrefix(need + ".") }
                if ids.contains(need) {
                    needs.append(need)
                } else if !rows.isEmpty {
                    needs += rows.sorted()
                } else {
                    diagnostics.append(
                        Diagnostic(
                            "needs names no case '\(need)' among these suites\(Spelling.suggestion(for: need, among: ids)); "
                                + "crisol's own are not there beside yours unless they are named too",
                            at: item.position
                        )
                    )
                }
            }
            graph[item.id] = needs
        }
        for item in byID.values {
            if let circle = circle(from: item.id, graph) {
                diagnostics.append(
                    Diagnostic("needs go in a circle: \(circle.joined(separator: " → "))", at: item.position)
                )
                graph[item.id] = []
            }
        }
        for id in byID.keys.sorted() {
            guard let item = byID[id] else { continue }
            for proof in proofs(item, proving) where ids.contains(proof) && proof != id {
                // The cases that prove the fixtures use them too, and must not come to stand on each other.
                if !reaches(proof, id, graph), !(graph[id] ?? []).contains(proof) {
                    graph[id, default: []].append(proof)
                }
            }
        }
        suites = suites.map { suite in
            let cases = suite.cases.map { item in
                var item = item
                item.needs = graph[item.id] ?? []
                return item
            }
            return Suite(name: suite.name, title: suite.title, file: suite.file, cases: cases)
        }
    }

    private func proofs(
        _ item: Case,
        _ proving: (sandbox: String, container: String, image: String, log: String, exec: String)
    ) -> [String] {
        item.allSteps.compactMap { step -> String? in
            switch step.action {
            case .sandbox(let fixture): fixture.state == .ready ? proving.sandbox : nil
            case .container(let fixture): [.running, .exited].contains(fixture.state) ? proving.container : nil
            case .image(let fixture): fixture.state == .pulled ? proving.image : nil
            case .log: proving.log
            case .agent(let agent): agent.byExec ? proving.exec : nil
            default: nil
            }
        }
    }

    private func reaches(_ start: String, _ target: String, _ graph: [String: [String]]) -> Bool {
        var seen: Set<String> = []
        var open = [start]
        while let next = open.popLast() {
            if next == target { return true }
            if seen.insert(next).inserted { open += graph[next] ?? [] }
        }
        return false
    }

    private func circle(from start: String, _ graph: [String: [String]]) -> [String]? {
        for next in graph[start] ?? [] where reaches(next, start, graph) { return [start, next, "…", start] }
        return nil
    }
}

import ArgumentParser
import FaultModel
import Foundation
import Outcome
import SuiteLanguage

/// What a plan is read with.
struct PlanOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Set a parameter of the plan.", valueName: "NAME=VALUE"))
    var set: [String] = []
    @Option(name: .long, help: "The pods' namespace: short for --set namespace=NAME.")
    var namespace: String?

    /// The values by name.
    ///
    /// - Throws: `ValidationError` for what is no `NAME=VALUE`, and for a name that is set twice.
    func parameters() throws -> [String: String] {
        var values: [String: String] = [:]
        for text in set + (namespace.map { ["namespace=\($0)"] } ?? []) {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw ValidationError("--set takes NAME=VALUE, not '\(text)'")
            }
            let name = String(text[..<equals])
            guard values.updateValue(String(text[text.index(after: equals)...]), forKey: name) == nil else {
                throw ValidationError("the parameter '\(name)' is set twice")
            }
        }
        return values
    }
}

/// A plan that was named on the command line: a file, or one of crisol's presets.
struct NamedPlan {
    /// How messages name it.
    let name: String
    /// Its text.
    let text: String

    /// Finds a plan: a path names a file, a bare word a preset.
    ///
    /// - Throws: `ValidationError` when there is none; exit code 2 after printing why a file cannot be read.
    init(_ name: String) throws {
        if !name.contains("/"), !name.hasSuffix(".yaml"), !name.hasSuffix(".yml"), !name.hasSuffix(".json") {
            self = try Presets.named(name)
            return
        }
        do {
            self.init(name: name, text: try FaultPlanReader.text(ofFile: name))
        } catch {
            Console.error(Console.safe(error.description))
            throw ExitCode(ExitCodes.wrongUsage)
        }
    }

    init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// The checked plan.
    ///
    /// - Throws: exit code 2 after printing what is wrong with it.
    func read(parameters: [String: String]) throws -> FaultPlan {
        let (plan, diagnostics) = FaultPlanReader().read(text: text, file: name, parameters: parameters)
        guard let plan else {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            for diagnostic in diagnostics { Console.error(Console.safe(diagnostic.render(lines: lines))) }
            throw ExitCode(ExitCodes.wrongUsage)
        }
        return plan
    }
}

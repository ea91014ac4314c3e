import ArgumentParser
import CRICatalog

/// The plans that are part of crisol, `suites/faults`.
enum Presets {
    /// Where they are in the repository and under which names they are part of the program.
    static let folder = "suites/faults"

    /// All of them, in the order of their names.
    static func all() -> [NamedPlan] {
        OwnFiles.texts(in: folder).map { NamedPlan(name: $0.name, text: $0.text) }
    }

    /// The preset of this name.
    ///
    /// - Throws: `ValidationError` with the nearest name when there is none.
    static func named(_ name: String) throws -> NamedPlan {
        let all = all()
        if let plan = all.first(where: { $0.presetName == name }) { return plan }
        let hint = Spelling.nearest(to: name, among: all.map(\.presetName)).map { "did you mean \($0)? " } ?? ""
        throw ValidationError(
            "no preset is called '\(name)' (\(hint)crisol faults presets names them all; a plan of your own is named by its path, ./\(name).yaml)"
        )
    }
}

extension NamedPlan {
    /// The file's name without folder and ending.
    var presetName: String {
        let file = name.split(separator: "/").last.map(String.init) ?? name
        return file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
    }
}

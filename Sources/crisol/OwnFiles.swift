import Foundation

/// crisol's own YAML files: those of the working tree the program was built in, else those that are part of it.
enum OwnFiles {
    /// The folder in the working tree, if the program stands in one.
    static func path(of folder: String) -> String? {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var parent = URL(fileURLWithPath: program).deletingLastPathComponent()
        while parent.path != "/" {
            let candidate = parent.appendingPathComponent(folder).path
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
            parent.deleteLastPathComponent()
        }
        return nil
    }

    /// The files that are part of the program.
    static func embedded(in folder: String) -> [(name: String, text: String)] {
        EmbeddedFiles.names(below: folder + "/").compactMap { name in
            EmbeddedFiles.text(name).map { (name: name, text: $0) }
        }
    }

    /// The files with their text, in the order of their names.
    static func texts(in folder: String) -> [(name: String, text: String)] {
        guard let path = path(of: folder) else { return embedded(in: folder) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().compactMap { name in
            FileManager.default.contents(atPath: "\(path)/\(name)").map {
                (name: "\(folder)/\(name)", text: String(decoding: $0, as: UTF8.self))
            }
        }
    }
}

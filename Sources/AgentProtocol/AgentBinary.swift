import Foundation

/// The agent's binary, which every test image holds.
public enum AgentBinary {
    /// The variable that names another binary.
    public static let variable = "CRISOL_AGENT"

    /// Reads the binary: the one `CRISOL_AGENT` names, else the one that is part of the program, else the one
    /// `make agent` left beside the program or in the folder one works in.
    ///
    /// - Parameter embedded: the one that is part of the program, if it was built with one.
    /// - Throws: `AgentError` that says where it was looked for and how to build it.
    public static func load(
        environment: [String: String],
        embedded: [UInt8]? = nil
    ) throws(AgentError) -> [UInt8] {
        var candidates: [String] = []
        if let named = environment[variable], !named.isEmpty {
            candidates = [named]
        } else if let embedded, !embedded.isEmpty {
            return embedded
        } else {
            let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
            for start in [program, FileManager.default.currentDirectoryPath + "/x"] {
                var folder = URL(fileURLWithPath: start).deletingLastPathComponent()
                while folder.path != "/" {
                    candidates.append(folder.appendingPathComponent(".build-agent/release/agent").path)
                    folder.deleteLastPathComponent()
                }
            }
        }
        for path in candidates {
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            guard data.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
                throw AgentError(.malformed, "\(path) is no ELF program")
            }
            return [UInt8](data)
        }
        let place =
            environment[variable].map { "at \($0)" }
            ?? "in .build-agent/release of this folder or one above the program"
        throw AgentError(.missing, "the agent is not \(place): build it with dev/build-agent.sh")
    }
}

import Foundation

/// The packet filter's rules in this network namespace.
public enum Netfilter {
    /// What `iptables-save` and `ip6tables-save` print; empty where there is none.
    public static func rules() async -> String {
        var text = ""
        for name in ["iptables-save", "ip6tables-save"] {
            guard
                let path = ["/usr/sbin", "/sbin", "/usr/bin"].map({ "\($0)/\(name)" })
                    .first(where: FileManager.default.isExecutableFile(atPath:)),
                let (ending, output) = try? await ChildProcess.run(path, []), ending.code == 0
            else { continue }
            text += output
        }
        return text
    }

    /// The rules that name one of these words, or lead somewhere what comes to one of these ports.
    ///
    /// The portmap plugin writes the sandbox's id into a comment, CRI-O the pod's name, Docker nothing.
    ///
    /// - Parameters:
    ///   - rules: as `iptables-save` prints them.
    ///   - words: ids of sandboxes and parts of the names of pods; those shorter than eight bytes would match by chance.
    ///   - ports: of the node.
    public static func lines(of rules: String, naming words: [String], ports: [Int]) -> [String] {
        let words = words.filter { $0.utf8.count >= 8 }
        let ports = Set(ports.map(String.init))
        return rules.split(separator: "\n").filter { $0.hasPrefix("-A ") }.compactMap { line in
            let parts = line.split(separator: " ")
            let isToPort = zip(parts, parts.dropFirst()).contains { option, value in
                (option == "--dport" || option == "--dports")
                    && value.split(separator: ",").contains { ports.contains(String($0)) }
            }
            return isToPort || words.contains(where: { line.contains($0) }) ? String(line) : nil
        }
    }
}

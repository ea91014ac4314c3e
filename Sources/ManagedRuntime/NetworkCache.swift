import Foundation

/// Where the CNI library keeps what plugins answered, for every runtime of the node: a private one has it for itself.
/// What a restart makes containerd forget stays there for good.
struct NetworkCache {
    private static let path = "/var/lib/cni"

    /// Whether the node had no such folder.
    private let isMade: Bool

    /// Puts a folder of ours over the node's, in this mount namespace alone.
    ///
    /// - Throws: `RuntimeError` when it cannot be.
    static func makePrivate(in folder: String) throws(RuntimeError) -> NetworkCache {
        let own = "\(folder)/cni-cache"
        let isMade = !FileManager.default.fileExists(atPath: path)
        do {
            for place in [own, path] {
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            }
        } catch {
            throw RuntimeError(.system, "\(path) cannot be made private: \(error.localizedDescription)")
        }
        if let problem = HostMount.bind(own, over: path) {
            throw RuntimeError(.system, "\(path) cannot be made private: \(problem)")
        }
        return NetworkCache(isMade: isMade)
    }

    /// Takes it away again.
    func giveBack() {
        if HostMount.remove(Self.path) == nil, isMade {
            // One that somebody has used meanwhile is not empty and stays.
            rmdir(Self.path)
        }
    }
}

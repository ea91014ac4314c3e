import CNamespaces
import FaultProxy
import Foundation

/// The `crisol proxy` that listens where another one is about to.
struct Predecessor {
    let pid: Int32

    /// Why a socket cannot be taken over.
    struct Problem: Error, CustomStringConvertible { let description: String }

    /// Finds it; `nil` when nobody listens.
    ///
    /// - Throws: `Problem` when it is somebody else: kubelet would lose its runtime.
    init?(listeningOn path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let pid = crisol_socket_peer(path)
        if pid == -ECONNREFUSED || pid == -ENOENT { return nil }
        guard pid > 0 else {
            let why = pid < 0 ? String(cString: strerror(-pid)) : "it is in another pid namespace"
            throw Problem(description: "\(path): who listens there cannot be told (\(why)), so it is not replaced")
        }
        let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        let words = command.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard words.first?.split(separator: "/").last?.hasPrefix("crisol") == true, words.dropFirst().first == "proxy"
        else {
            let name = words.first ?? "a process"
            throw Problem(
                description: "\(path): \(name) (process \(pid)) listens there, and only a 'crisol proxy' is replaced"
            )
        }
        self.pid = pid
    }

    /// Asks it to end with its last call.
    func retire() { kill(pid, SIGTERM) }
}

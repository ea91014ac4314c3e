import CNamespaces
import Foundation

/// Network namespaces other than our own.
public enum NetworkNamespace {
    /// A TCP socket that listens in the network namespace of a process.
    ///
    /// - Returns: the descriptor, which the caller closes, and the port it got.
    /// - Throws: `RuntimeError` when the process is gone or we may not enter.
    public static func listeningSocket(
        inNamespaceOf pid: Int32,
        address: String,
        port: UInt16
    ) throws(RuntimeError) -> (descriptor: Int32, port: UInt16) {
        var bound: UInt16 = 0
        let descriptor = crisol_listen_in_namespace(pid, address, port, &bound)
        guard descriptor >= 0 else {
            throw RuntimeError(
                .system,
                "no socket can be opened in the network namespace of process \(pid): \(String(cString: strerror(-descriptor)))"
            )
        }
        return (descriptor, bound)
    }

    /// The process that listens on a unix socket; `nil` when nobody does or the kernel does not say.
    public static func owner(ofSocket path: String) -> Int32? {
        let pid = crisol_socket_peer(path)
        return pid > 0 ? pid : nil
    }

    /// The process that listens on a unix socket, if its network namespace is another than ours.
    public static func foreignOwner(ofSocket path: String) -> Int32? {
        guard let pid = owner(ofSocket: path), let own = name(of: getpid()), let theirs = name(of: pid), own != theirs
        else { return nil }
        return pid
    }

    private static func name(of pid: Int32) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/net")
    }
}

import ArgumentParser
import Foundation

/// A file that is not as it must be.
struct FileProblem: Error, CustomStringConvertible { let description: String }

/// What is looked at before anything is touched.
extension ProxySession {
    /// The ledger, if it can be written.
    static func writableLedger(_ command: ProxyCommand, _ leftOut: LeftOut) -> String? {
        guard let path = command.ledger else { return nil }
        makeFolder(ofLedger: path)
        // It is not waited for: a pipe that nobody reads from would hold up kubelet.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else {
            leftOut.add(.ledger, FileProblem(description: "\(path): \(String(cString: strerror(errno)))"))
            return nil
        }
        close(descriptor)
        return path
    }

    /// For root alone, as the ledger is: it names pods. If it cannot be made, opening the ledger says why.
    static func makeFolder(ofLedger path: String) {
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { mkdir(String(path[..<slash]), 0o700) }
    }

    static func listenPath(_ command: ProxyCommand, _ activated: ActivatedSockets) throws -> String {
        guard let listen = command.listen else {
            guard let socket = activated.relay else {
                throw ValidationError("--listen is missing: the socket that kubelet is to be pointed to")
            }
            return socket.path
        }
        let path = try ProxyCommand.path(listen, "--listen")
        guard let socket = activated.relay, socket.path != path else { return path }
        Console.error("crisol proxy: --listen says \(path), but systemd passed a socket at \(socket.path)")
        return socket.path
    }

    /// With a socket of its own the proxy needs the runtime's, to copy owner and mode from. With one of systemd's it
    /// goes on, and dials what is there when a client comes.
    static func checkUpstream(_ path: String, isRequired: Bool) throws {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target) else {
            guard isRequired else { return Console.error("crisol proxy: \(path) is not there yet") }
            throw FileProblem(description: "\(path): there is no such socket; is the runtime running?")
        }
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            guard isRequired else { return Console.error("crisol proxy: --upstream: \(path) is no socket") }
            throw ValidationError("--upstream: \(path) is no socket")
        }
    }
}

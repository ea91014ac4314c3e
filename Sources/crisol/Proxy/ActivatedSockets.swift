import FaultProxy
import Foundation

/// The listening sockets that systemd made for this process (sd_listen_fds(3)).
struct ActivatedSockets {
    /// Where clients come.
    var relay: Socket?
    /// Where `crisol faults` comes.
    var control: Socket?
    /// Why the socket that was passed for `crisol faults` is of no use.
    var controlProblem: Problem?

    struct Socket: Equatable {
        let descriptor: Int32
        let path: String
    }

    /// What is wrong with what was passed.
    struct Problem: Error, CustomStringConvertible { let description: String }

    private static let firstDescriptor: Int32 = 3

    /// Takes them over, so that no program started from here has them.
    ///
    /// - Throws: `Problem` when the one where clients come cannot be used.
    init(_ environment: [String: String], pid: Int32 = getpid()) throws {
        guard environment["LISTEN_PID"] == "\(pid)", let count = environment["LISTEN_FDS"].flatMap(Int32.init),
            count > 0
        else { return }
        guard count <= 2 else { throw Problem(description: "systemd passed \(count) sockets; at most two are of use") }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        for index in 0..<count {
            let descriptor = Self.firstDescriptor + index
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let isControl = Int(index) < names.count && names[Int(index)] == "control"
            let socket: Socket
            do { socket = Socket(descriptor: descriptor, path: try Self.listeningPath(descriptor)) } catch {
                guard isControl, let problem = error as? Problem else { throw error }
                controlProblem = problem
                continue
            }
            guard (isControl ? control : relay) == nil else {
                throw Problem(
                    description: "systemd passed two sockets for one use: name one FileDescriptorName=control"
                )
            }
            if isControl { control = socket } else { relay = socket }
        }
    }

    private static func listeningPath(_ descriptor: Int32) throws -> String {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0, isListening == 1 else {
            throw Problem(description: "descriptor \(descriptor), which systemd passed, is no listening socket")
        }
        var address = sockaddr_un()
        length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0, address.sun_family == sa_family_t(AF_UNIX) else {
            throw Problem(description: "descriptor \(descriptor), which systemd passed, is no unix socket")
        }
        let path = withUnsafeBytes(of: &address.sun_path) { Array($0.prefix { $0 != 0 }) }
        guard !path.isEmpty else {
            throw Problem(description: "descriptor \(descriptor), which systemd passed, has no path in the file system")
        }
        return String(decoding: path, as: UTF8.self)
    }
}

import Dispatch
import Foundation

/// Tells systemd how the service stands (sd_notify(3)). Nothing happens without systemd, and nothing depends on it.
struct SystemdNotifier: Sendable {
    private let path: String?

    init(_ environment: [String: String]) { path = environment["NOTIFY_SOCKET"] }

    func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))\nMAINPID=\(getpid())") }

    func status(_ status: String) { send("STATUS=\(Self.line(status))") }

    func reloading() {
        // CLOCK_MONOTONIC, as systemd asks for.
        send("RELOADING=1\nMONOTONIC_USEC=\(DispatchTime.now().uptimeNanoseconds / 1000)")
    }

    func stopping() { send("STOPPING=1") }

    private static func line(_ text: String) -> String { text.replacingOccurrences(of: "\n", with: " ") }

    private func send(_ message: String) {
        guard let path, path.hasPrefix("/") || path.hasPrefix("@") else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if path.hasPrefix("@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // The length counts: an abstract name is all the bytes there are.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let text = Array(message.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}

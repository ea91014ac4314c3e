import CNamespaces
import Foundation

/// The bridge of a managed runtime that shares the node's network: one per run, with addresses of its own, because runs
/// that share a bridge would give the same addresses out twice.
public enum HostBridge {
    /// The network from which each run takes a part, as in a namespace of its own.
    private static let first = "10.213"

    /// The bridge's name, at most 15 bytes as the kernel wants it.
    ///
    /// - Parameter run: the run's id.
    public static func name(run: String) -> String { "cr-\(run)" }

    /// A part of the network in which the node has no address.
    ///
    /// - Parameter addresses: the node's, `10.213.0.1`.
    /// - Returns: `10.213.7.0/24`; `nil` when there is none left.
    static func subnet(beside addresses: [String] = ownAddresses()) -> String? {
        let taken = addresses.filter { $0.hasPrefix(first + ".") }.compactMap { Int($0.split(separator: ".")[2]) }
        // By chance, so that two that begin together hardly choose the same.
        return (0...255).filter { !taken.contains($0) }.randomElement().map { "\(first).\($0).0/24" }
    }

    /// Removes a run's bridge; the sentence says why it stays, if it does.
    static func remove(_ name: String) -> String? {
        // The name comes from a file; nothing but a run's own bridge may be meant by it.
        guard name.wholeMatch(of: /cr-[a-z0-9]{8}/) != nil else { return "'\(name)' is no bridge of a run" }
        let error = crisol_remove_bridge(name)
        return error == 0 ? nil : "the bridge \(name) cannot be removed: \(String(cString: strerror(error)))"
    }

    /// The IPv4 addresses of all interfaces.
    private static func ownAddresses() -> [String] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [String] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET) else { continue }
            var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
            var binary = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr }
            guard inet_ntop(AF_INET, &binary, &text, socklen_t(text.count)) != nil else { continue }
            found.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return found
    }
}

/// `/proc/PID/status`: names and values (proc_pid_status(5)).
struct StatusFile {
    private var values: [String: String] = [:]

    init() {}

    init(pid: String, root: HostRoot) throws(ProbeError) {
        for line in try root.text("/proc/\(pid)/status").split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == "\t" || $0 == " " }
            values[String(line[..<colon])] = String(value)
        }
    }

    subscript(name: String) -> String { values[name] ?? "" }

    /// The numbers of a line.
    func integers(_ name: String) -> [Int] { self[name].split { $0 == "\t" || $0 == " " }.compactMap { Int($0) } }

    /// A set of capabilities as its bits.
    func capabilities(_ name: String) -> UInt64 { UInt64(self[name], radix: 16) ?? 0 }
}

/// Names of capabilities (capability.h); bits the kernel has and this list has not are shown as numbers.
public enum Capabilities {
    static let all = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]

    /// The names of a set's bits, `CAP_CHOWN` first.
    public static func names(_ bits: UInt64) -> [String] {
        (0..<64).filter { bits & (1 << UInt64($0)) != 0 }.map { $0 < all.count ? "CAP_\(all[$0])" : "\($0)" }
    }
}

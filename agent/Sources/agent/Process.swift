import CAgent

/// What the process knows of itself, under the names suites use.
struct ProcessFacts {
    /// The value of a line of `/proc/self/status`.
    private static func status(_ name: StaticString, _ file: Text) -> Text {
        for line in split(file, 10) where starts(line, name) {
            var value = Array(line[name.utf8CodeUnitCount...])
            while let first = value.first, first == 9 || first == 32 || first == 58 { value.removeFirst() }
            return value
        }
        return []
    }

    private static func words(_ bytes: Text) -> [Text] {
        split(bytes.map { $0 == 9 ? 32 : $0 }, 32).filter { !$0.isEmpty }
    }

    static func write(to json: inout JSON) {
        let file = contents(text("/proc/self/status")) ?? []
        json.object { json in
            json.key("argv")
            json.strings(arguments())
            json.key("env")
            json.object { json in
                for pair in split(contents(text("/proc/self/environ")) ?? [], 0) {
                    guard let equals = pair.firstIndex(of: 61) else { continue }
                    json.key(Array(pair[..<equals]))
                    json.string(Array(pair[(equals + 1)...]))
                }
            }
            json.key("cwd")
            json.string(workingDirectory())
            json.key("pid")
            json.number(Int(getpid()))
            json.key("ppid")
            json.number(Int(getppid()))
            json.key("uid")
            json.number(Int(getuid()))
            json.key("gid")
            json.number(Int(getgid()))
            json.key("groups")
            json.array { json in for word in words(status("Groups", file)) { json.number(number(word) ?? 0) } }
            json.key("capabilities")
            json.object { json in
                write(status("CapEff", file), "effective", &json)
                write(status("CapPrm", file), "permitted", &json)
                write(status("CapInh", file), "inheritable", &json)
                write(status("CapBnd", file), "bounding", &json)
                write(status("CapAmb", file), "ambient", &json)
            }
            json.key("no-new-privs")
            json.bool(equals(status("NoNewPrivs", file), "1"))
            json.key("seccomp")
            json.number(number(status("Seccomp", file)) ?? 0)
            json.key("oom-score-adj")
            json.number(signed(contents(text("/proc/self/oom_score_adj")) ?? []))
        }
    }

    static func arguments() -> [Text] {
        var result: [Text] = []
        for index in 0..<cagent_argument_count() { result.append(text(cagent_argument(index))) }
        return result
    }

    private static func workingDirectory() -> Text {
        var buffer = [CChar](repeating: 0, count: 4096)
        return buffer.withUnsafeMutableBufferPointer { pointer in
            getcwd(pointer.baseAddress, pointer.count) == nil ? [] : text(pointer.baseAddress)
        }
    }

    private static func signed(_ bytes: Text) -> Int {
        let digits = bytes.filter { $0 >= 48 && $0 <= 57 }
        let value = number(digits) ?? 0
        return bytes.first == 45 ? -value : value
    }

    /// A set of capabilities by name (capability.h); newer ones by number.
    private static func write(_ hex: Text, _ name: StaticString, _ json: inout JSON) {
        var bits: UInt64 = 0
        for byte in hex {
            let digit = byte >= 97 ? byte - 87 : byte >= 65 ? byte - 55 : byte &- 48
            bits = bits << 4 | UInt64(digit & 15)
        }
        json.key(name)
        json.array { json in
            for bit in 0..<64 where bits & (1 << UInt64(bit)) != 0 {
                json.string(bit < capabilityCount ? text("CAP_") + capability(bit) : text(bit))
            }
        }
    }

    private static let capabilityCount = 41

    private static func capability(_ bit: Int) -> Text {
        split(
            text(
                "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
            ),
            32
        )[bit]
    }
}

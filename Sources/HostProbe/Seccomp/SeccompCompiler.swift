internal import CNamespaces
internal import CSeccomp
import Glibc

/// What libseccomp makes of a profile: the filter a runtime that keeps to the profile installs.
enum SeccompCompiler {
    /// The machine's own architecture, as filters see it (`AUDIT_ARCH_*`).
    static var nativeArchitecture: UInt32 { seccomp_arch_native() }

    /// The name of a system call of this machine; `nil` for a number that is none.
    static func name(of number: Int32) -> String? {
        guard let name = seccomp_syscall_resolve_num_arch(nativeArchitecture, number) else { return nil }
        defer { free(name) }
        return String(cString: name)
    }

    /// The number of a system call of this machine; `nil` where it has none of that name.
    static func number(of name: String) -> UInt32? {
        let number = seccomp_syscall_resolve_name(name)
        return number < 0 ? nil : UInt32(number)
    }

    /// Compiles a profile as runc and crun do: calls that this machine does not have are left out.
    ///
    /// - Parameter path: the profile's file, for errors.
    /// - Throws: ``ProbeError`` with the rule libseccomp does not take.
    static func filter(of profile: SeccompProfile, path: String) throws(ProbeError) -> SeccompFilter {
        guard let context = seccomp_init(word(of: profile.defaultAction)) else {
            throw ProbeError(.malformed, "libseccomp takes no such default action", path: path)
        }
        defer { seccomp_release(context) }
        for name in profile.architectures {
            let token = seccomp_arch_resolve_name(name.replacing("SCMP_ARCH_", with: "").lowercased())
            guard token != 0 else { throw ProbeError(.malformed, "there is no architecture \(name)", path: path) }
            let code = seccomp_arch_add(context, token)
            guard code == 0 || code == -EEXIST else {
                throw ProbeError(.malformed, "libseccomp cannot add \(name): error \(-code)", path: path)
            }
        }
        for rule in profile.rules {
            let arguments = rule.arguments.map { argument in
                scmp_arg_cmp(
                    arg: argument.index,
                    op: word(of: argument.comparison),
                    datum_a: argument.value,
                    datum_b: argument.second
                )
            }
            // A rule with the default action changes nothing, and libseccomp refuses it.
            guard rule.action != profile.defaultAction else { continue }
            for name in rule.names {
                let number = seccomp_syscall_resolve_name(name)
                guard number != crisol_seccomp_unknown else { continue }
                let code = seccomp_rule_add_array(
                    context,
                    word(of: rule.action),
                    number,
                    UInt32(arguments.count),
                    arguments
                )
                guard code == 0 || code == -EEXIST else {
                    throw ProbeError(
                        .malformed,
                        "libseccomp takes no such rule for \(name): error \(-code)",
                        path: path
                    )
                }
            }
        }
        return SeccompFilter(instructions: try exported(context, path))
    }

    /// The program, through a pipe: libseccomp writes to descriptors, and a filter of the largest size fits in one.
    private static func exported(
        _ context: scmp_filter_ctx,
        _ path: String
    ) throws(ProbeError) -> [SeccompFilter.Instruction] {
        var ends: [Int32] = [0, 0]
        let made = crisol_pipe(&ends)
        guard made == 0 else { throw ProbeError(errno: -made, path: path) }
        defer { close(ends[0]) }
        let code = seccomp_export_bpf(context, ends[1])
        close(ends[1])
        guard code == 0 else { throw ProbeError(errno: -code, path: path) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            guard count >= 0 else { throw ProbeError(errno: errno, path: path) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes.withUnsafeBytes { buffer in
            var instructions: [SeccompFilter.Instruction] = []
            var start = 0
            while start + 8 <= buffer.count {
                instructions.append(
                    SeccompFilter.Instruction(
                        code: buffer.loadUnaligned(fromByteOffset: start, as: UInt16.self),
                        ifTrue: buffer[start + 2],
                        ifFalse: buffer[start + 3],
                        k: buffer.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self)
                    )
                )
                start += 8
            }
            return instructions
        }
    }

    /// The action as libseccomp writes it, which is also what the filter answers.
    static func word(of action: SeccompProfile.Action) -> UInt32 {
        switch action {
        case .killProcess: 0x8000_0000
        case .killThread: 0
        case .trap: 0x0003_0000
        case .notify: 0x7fc0_0000
        case .log: 0x7ffc_0000
        case .allow: SeccompResult.allow
        case .errno(let number): 0x0005_0000 | UInt32(number)
        case .trace(let number): 0x7ff0_0000 | UInt32(number)
        }
    }

    private static func word(of comparison: SeccompProfile.Comparison) -> scmp_compare {
        switch comparison {
        case .notEqual: SCMP_CMP_NE
        case .less: SCMP_CMP_LT
        case .lessOrEqual: SCMP_CMP_LE
        case .equal: SCMP_CMP_EQ
        case .greaterOrEqual: SCMP_CMP_GE
        case .greater: SCMP_CMP_GT
        case .maskedEqual: SCMP_CMP_MASKED_EQ
        }
    }
}

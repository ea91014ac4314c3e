import Foundation

/// A seccomp profile as container runtimes take it for `Localhost`: the `linux.seccomp` object of the OCI runtime
/// specification (config-linux.md, "Seccomp").
public struct SeccompProfile: Sendable, Hashable {
    /// What happens to a system call (seccomp(2)).
    public enum Action: Sendable, Hashable {
        case killProcess, killThread, trap, allow, log, notify
        case errno(UInt16)
        case trace(UInt16)
    }

    /// How an argument is compared (libseccomp's `SCMP_CMP_*`).
    public enum Comparison: String, Sendable, CaseIterable {
        case notEqual = "SCMP_CMP_NE"
        case less = "SCMP_CMP_LT"
        case lessOrEqual = "SCMP_CMP_LE"
        case equal = "SCMP_CMP_EQ"
        case greaterOrEqual = "SCMP_CMP_GE"
        case greater = "SCMP_CMP_GT"
        /// The argument and `value` (a mask) is `valueTwo`.
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }

    /// A condition on an argument of a call.
    public struct Argument: Sendable, Hashable {
        /// Which argument, from 0 to 5.
        public var index: UInt32
        /// What it is compared with, or the mask of ``Comparison/maskedEqual``.
        public var value: UInt64
        /// What the masked argument must be.
        public var second: UInt64
        /// How it is compared.
        public var comparison: Comparison
    }

    /// What happens to some calls when all conditions hold.
    public struct Rule: Sendable, Hashable {
        /// The calls, by name.
        public var names: [String]
        /// What happens.
        public var action: Action
        /// All of them must hold.
        public var arguments: [Argument]
    }

    /// What happens to a call that no rule is about.
    public var defaultAction: Action
    /// Architectures besides the machine's own, `SCMP_ARCH_X86`.
    public var architectures: [String]
    /// The rules.
    public var rules: [Rule]

    /// Reads a profile.
    ///
    /// - Parameters:
    ///   - bytes: the JSON.
    ///   - path: the file it is from, for errors.
    /// - Throws: ``ProbeError`` with code `malformed` that names what is wrong and where.
    public init(json bytes: [UInt8], path: String) throws(ProbeError) {
        let written: Written
        do {
            written = try JSONDecoder().decode(Written.self, from: Data(bytes))
        } catch {
            throw ProbeError(
                .malformed,
                "the seccomp profile is not as the OCI runtime specification has it: \(error)",
                path: path
            )
        }
        defaultAction = try Self.action(written.defaultAction, written.defaultErrnoRet, "defaultAction", path)
        architectures = written.architectures ?? []
        var rules: [Rule] = []
        for (index, rule) in (written.syscalls ?? []).enumerated() {
            let place = "syscalls[\(index)]"
            var arguments: [Argument] = []
            for (number, argument) in (rule.args ?? []).enumerated() {
                guard let comparison = Comparison(rawValue: argument.op), argument.index < 6 else {
                    throw ProbeError(
                        .malformed,
                        "the seccomp profile's \(place).args[\(number)] compares nothing known",
                        path: path
                    )
                }
                arguments.append(
                    Argument(
                        index: argument.index,
                        value: argument.value,
                        second: argument.valueTwo ?? 0,
                        comparison: comparison
                    )
                )
            }
            rules.append(
                Rule(
                    names: rule.names,
                    action: try Self.action(rule.action, rule.errnoRet, "\(place).action", path),
                    arguments: arguments
                )
            )
        }
        self.rules = rules
    }

    private static func action(
        _ word: String,
        _ number: UInt16?,
        _ place: String,
        _ path: String
    ) throws(ProbeError) -> Action {
        switch word {
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": .killThread
        case "SCMP_ACT_KILL_PROCESS": .killProcess
        case "SCMP_ACT_TRAP": .trap
        case "SCMP_ACT_ALLOW": .allow
        case "SCMP_ACT_LOG": .log
        case "SCMP_ACT_NOTIFY": .notify
        // EPERM where the profile names no error (OCI runtime specification, errnoRet).
        case "SCMP_ACT_ERRNO": .errno(number ?? UInt16(EPERM))
        case "SCMP_ACT_TRACE": .trace(number ?? UInt16(EPERM))
        default:
            throw ProbeError(.malformed, "the seccomp profile's \(place) is '\(word)', which is no action", path: path)
        }
    }

    private struct Written: Decodable {
        struct Rule: Decodable {
            var names: [String]
            var action: String
            var errnoRet: UInt16?
            var args: [Argument]?
        }
        struct Argument: Decodable {
            var index: UInt32
            var value: UInt64
            var valueTwo: UInt64?
            var op: String
        }
        var defaultAction: String
        var defaultErrnoRet: UInt16?
        var architectures: [String]?
        var syscalls: [Rule]?
    }
}

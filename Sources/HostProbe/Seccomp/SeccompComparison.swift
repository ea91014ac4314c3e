public import CRICatalog
import Glibc

/// The filters a process runs under held against the profile it was given: every system call of this machine, and for
/// each call that a rule looks into the values at which the rule's answer changes.
public struct SeccompComparison: Sendable {
    /// How many calls, arguments included, were compared.
    public private(set) var compared = 0
    /// What the process may and the profile forbids, or the other way round, one sentence each.
    public private(set) var different: [String] = []

    /// Compares a process with a profile.
    ///
    /// - Parameters:
    ///   - pid: the process; it is stopped for a moment (`PTRACE_SEIZE`).
    ///   - path: the file of the profile it was asked to run under.
    ///   - root: the node.
    /// - Throws: ``ProbeError``: `unsupported` when the kernel does not tell filters, `malformed` when the profile is
    ///   none or cannot be compiled, and what reading its file throws.
    public init(pid: Int32, profile path: String, root: HostRoot) throws(ProbeError) {
        let profile = try SeccompProfile(json: try root.bytes(path), path: path)
        let reference = try SeccompCompiler.filter(of: profile, path: path)
        try self.init(installed: try SeccompReader.filters(of: pid, root), reference: reference, profile: profile)
    }

    /// The result of a step, `compared` and `different`.
    public var record: Record {
        Record(
            type: "seccomp",
            fields: ["compared": .integer(Int128(compared)), "different": .list(different.map { .text($0) })]
        )
    }

    init(installed: [SeccompFilter], reference: SeccompFilter, profile: SeccompProfile) throws(ProbeError) {
        let named = Set(profile.rules.flatMap(\.names).compactMap { SeccompCompiler.number(of: $0) })
        let known = (0..<1024).filter { SeccompCompiler.name(of: Int32($0)) != nil }.map { UInt32($0) }
        do {
            for number in Set(known).union(named).sorted() {
                let name = SeccompCompiler.name(of: Int32(number)) ?? "call \(number)"
                for arguments in Self.arguments(of: name, in: profile) {
                    let call = SeccompFilter.Call(
                        number: number,
                        architecture: SeccompCompiler.nativeArchitecture,
                        arguments: arguments
                    )
                    let real = SeccompResult.essence(try installed.result(of: call))
                    let asked = SeccompResult.essence(try reference.result(of: call))
                    compared += 1
                    if real == asked || !named.contains(number) && Self.isStub(real, asked, profile) { continue }
                    let shown = arguments.allSatisfy { $0 == 0 } ? "" : Self.words(arguments)
                    different.append(
                        "\(name)\(shown) \(SeccompResult.words(real)); by the profile it \(SeccompResult.words(asked))"
                    )
                }
            }
        } catch {
            throw ProbeError(.malformed, "a filter is no program the kernel would run", path: "seccomp")
        }
    }

    /// runc answers ENOSYS to calls younger than the profile, so that C libraries fall back to older ones
    /// (opencontainers/runc#2750); only where the profile says nothing of the call and would not have let it pass.
    private static func isStub(_ real: UInt32, _ asked: UInt32, _ profile: SeccompProfile) -> Bool {
        real == SeccompResult.errno(ENOSYS) && asked != SeccompResult.allow
            && asked == SeccompResult.essence(SeccompCompiler.word(of: profile.defaultAction))
    }

    private static func words(_ arguments: [UInt64]) -> String {
        let last = arguments.lastIndex { $0 != 0 } ?? 0
        return "(" + arguments[...last].map { "0x" + String($0, radix: 16) }.joined(separator: ", ") + ")"
    }

    /// The arguments worth asking about: none at all, and around every rule that looks at some, each of them at, below
    /// and above what the rule compares with, with the others as the rule wants them.
    static func arguments(of name: String, in profile: SeccompProfile) -> [[UInt64]] {
        var all: [[UInt64]] = [[0, 0, 0, 0, 0, 0]]
        for rule in profile.rules where rule.names.contains(name) && !rule.arguments.isEmpty {
            var fitting = all[0]
            for argument in rule.arguments { fitting[Int(argument.index)] = argument.fitting }
            all.append(fitting)
            for argument in rule.arguments {
                for value in argument.boundaries {
                    var arguments = fitting
                    arguments[Int(argument.index)] = value
                    all.append(arguments)
                }
            }
        }
        var seen: Set<[UInt64]> = []
        return all.filter { seen.insert($0).inserted }
    }
}

extension SeccompProfile.Argument {
    /// A value for which the condition holds, where there is one.
    fileprivate var fitting: UInt64 {
        switch comparison {
        case .equal, .lessOrEqual, .greaterOrEqual: value
        case .notEqual, .greater: value &+ 1
        case .less: value &- 1
        case .maskedEqual: second
        }
    }

    /// Where the answer changes, and the same with the upper half changed, which a filter of 32-bit words may forget.
    fileprivate var boundaries: [UInt64] {
        let centre = comparison == .maskedEqual ? second : value
        var values = [centre, centre &- 1, centre &+ 1, 0, .max, centre ^ (1 << 32), centre ^ (1 << 63)]
        if comparison == .maskedEqual {
            values += [value, ~value, second | ~value]
            for bit in 0..<64 where value >> bit & 1 == 1 { values.append(second ^ (1 << bit)) }
        }
        return values
    }
}

internal import CNamespaces
import Glibc

/// Reads back from the kernel what filters a process runs under.
enum SeccompReader {
    /// As many instructions as the kernel takes in a filter (BPF_MAXINSNS).
    private static let instructionLimit = 4096
    /// More filters than any runtime stacks.
    private static let filterLimit = 32

    /// The filters, the youngest first; none for a process that runs without.
    ///
    /// - Throws: ``ProbeError`` with code `unsupported` when the kernel does not tell.
    static func filters(of pid: Int32, _ root: HostRoot) throws(ProbeError) -> [SeccompFilter] {
        // Asked for the filters of a process that has none, the kernel answers as if it could not tell.
        guard try StatusFile(pid: String(pid), root: root).integers("Seccomp").first == 2 else { return [] }
        var instructions = [crisol_bpf](repeating: crisol_bpf(), count: instructionLimit * filterLimit)
        var sizes = [Int32](repeating: 0, count: filterLimit)
        let count = crisol_seccomp_filters(
            pid,
            &instructions,
            Int32(instructions.count),
            &sizes,
            Int32(filterLimit)
        )
        guard count >= 0 else {
            let path = "/proc/\(pid)"
            if count == -EINVAL || count == -EIO || count == -EACCES {
                throw ProbeError(
                    .unsupported,
                    "the kernel does not tell a process's seccomp filters (error \(-count)); it needs "
                        + "CONFIG_CHECKPOINT_RESTORE, CAP_SYS_ADMIN, and a crisol that runs under no filter itself",
                    path: path
                )
            }
            throw ProbeError(errno: -count, path: path)
        }
        var start = 0
        return sizes[..<Int(count)].map { size in
            defer { start += Int(size) }
            return SeccompFilter(
                instructions: instructions[start..<start + Int(size)].map {
                    SeccompFilter.Instruction(code: $0.code, ifTrue: $0.jt, ifFalse: $0.jf, k: $0.k)
                }
            )
        }
    }
}

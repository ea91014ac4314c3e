/// A filter as the kernel runs it on every system call: a program of classic BPF over `struct seccomp_data`
/// (Linux: Documentation/userspace-api/seccomp_filter.rst, kernel/seccomp.c).
struct SeccompFilter: Sendable, Hashable {
    /// An instruction, `struct sock_filter`.
    struct Instruction: Sendable, Hashable {
        var code: UInt16
        var ifTrue: UInt8
        var ifFalse: UInt8
        var k: UInt32
    }

    /// What a filter sees of a call, `struct seccomp_data`, little or big end first as the machine has it.
    struct Call: Sendable, Hashable {
        var number: UInt32
        var architecture: UInt32
        var arguments: [UInt64]

        /// The 32 bits at an offset; `nil` where the kernel would not have taken the program.
        fileprivate func word(at offset: UInt32) -> UInt32? {
            switch offset {
            case 0: return number
            case 4: return architecture
            // The address of the instruction that made the call, which no profile asks about.
            case 8, 12: return 0
            case 16..<64 where offset % 4 == 0:
                let index = Int(offset - 16) / 8
                let argument = index < arguments.count ? arguments[index] : 0
                let isFirstHalf = offset % 8 == 0
                #if _endian(little)
                    return UInt32(truncatingIfNeeded: isFirstHalf ? argument : argument >> 32)
                #else
                    return UInt32(truncatingIfNeeded: isFirstHalf ? argument >> 32 : argument)
                #endif
            default: return nil
            }
        }
    }

    /// A program that is none; the kernel never runs such.
    struct Malformed: Error {}

    var instructions: [Instruction]

    /// What the filter returns for a call: an action and 16 bits of data (`SECCOMP_RET_*`).
    ///
    /// Jumps only lead forward, so it ends after at most as many instructions as there are.
    func result(of call: Call) throws(Malformed) -> UInt32 {
        var accumulator: UInt32 = 0
        var index: UInt32 = 0
        var memory = [UInt32](repeating: 0, count: 16)
        var counter = 0
        while counter < instructions.count {
            let instruction = instructions[counter]
            counter += 1
            let k = instruction.k
            switch instruction.code {
            case 0x20:  // LD W ABS
                guard let word = call.word(at: k) else { throw Malformed() }
                accumulator = word
            case 0x00: accumulator = k  // LD IMM
            case 0x01: index = k  // LDX IMM
            case 0x80: accumulator = 64  // LD LEN: the size of seccomp_data
            case 0x81: index = 64  // LDX LEN
            case 0x60: accumulator = try cell(memory, k)  // LD MEM
            case 0x61: index = try cell(memory, k)  // LDX MEM
            case 0x02: try store(accumulator, &memory, k)  // ST
            case 0x03: try store(index, &memory, k)  // STX
            case 0x07: index = accumulator  // TAX
            case 0x87: accumulator = index  // TXA
            case 0x06: return k  // RET K
            case 0x16: return accumulator  // RET A
            case 0x05:  // JA
                guard k < UInt32(instructions.count) else { throw Malformed() }
                counter += Int(k)
            case let code where code & 0x07 == 0x04:
                accumulator = try Self.arithmetic(code, accumulator, code & 0x08 == 0 ? k : index)
            case let code where code & 0x07 == 0x05:
                let other = code & 0x08 == 0 ? k : index
                let holds: Bool
                switch code & 0xf0 {
                case 0x10: holds = accumulator == other
                case 0x20: holds = accumulator > other
                case 0x30: holds = accumulator >= other
                case 0x40: holds = accumulator & other != 0
                default: throw Malformed()
                }
                counter += Int(holds ? instruction.ifTrue : instruction.ifFalse)
            default: throw Malformed()
            }
        }
        throw Malformed()
    }

    private func cell(_ memory: [UInt32], _ k: UInt32) throws(Malformed) -> UInt32 {
        guard k < UInt32(memory.count) else { throw Malformed() }
        return memory[Int(k)]
    }

    private func store(_ value: UInt32, _ memory: inout [UInt32], _ k: UInt32) throws(Malformed) {
        guard k < UInt32(memory.count) else { throw Malformed() }
        memory[Int(k)] = value
    }

    private static func arithmetic(_ code: UInt16, _ left: UInt32, _ right: UInt32) throws(Malformed) -> UInt32 {
        switch code & 0xf0 {
        case 0x00: left &+ right
        case 0x10: left &- right
        case 0x20: left &* right
        // The kernel ends a program that divides by zero with 0, which is SECCOMP_RET_KILL_THREAD.
        case 0x30: if right == 0 { throw Malformed() } else { left / right }
        case 0x40: left | right
        case 0x50: left & right
        case 0x60: right < 32 ? left << right : 0
        case 0x70: right < 32 ? left >> right : 0
        case 0x80: 0 &- left
        default: throw Malformed()
        }
    }
}

extension [SeccompFilter] {
    /// What all filters of a process together make of a call: the most restrictive answer, which is the smallest one as
    /// a signed number (seccomp(2), "the highest precedence"); without a filter a call is allowed.
    func result(of call: SeccompFilter.Call) throws(SeccompFilter.Malformed) -> UInt32 {
        var answer = SeccompResult.allow
        for filter in self {
            let other = try filter.result(of: call)
            if Int32(bitPattern: other & SeccompResult.actionMask)
                < Int32(bitPattern: answer & SeccompResult.actionMask)
            {
                answer = other
            }
        }
        return answer
    }
}

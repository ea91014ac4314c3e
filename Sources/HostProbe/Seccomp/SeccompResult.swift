import Glibc

/// What a filter answers (linux/seccomp.h, `SECCOMP_RET_*`), in words.
enum SeccompResult {
    static let actionMask: UInt32 = 0xffff_0000
    static let allow: UInt32 = 0x7fff_0000

    static func errno(_ number: Int32) -> UInt32 { 0x0005_0000 | UInt32(truncatingIfNeeded: number) & 0xffff }

    /// The part that decides anything: the data of most actions is not looked at.
    static func essence(_ result: UInt32) -> UInt32 {
        switch result & actionMask {
        case 0x0005_0000, 0x7ff0_0000: result
        default: result & actionMask
        }
    }

    static func words(_ result: UInt32) -> String {
        let data = result & 0xffff
        return switch result & actionMask {
        case 0x8000_0000: "kills the process"
        case 0x0000_0000: "kills the thread"
        case 0x0003_0000: "sends SIGSYS"
        case 0x0005_0000: "fails with errno \(data) (\(String(cString: strerror(Int32(data)))))"
        case 0x7fc0_0000: "asks the supervisor"
        case 0x7ff0_0000: "tells the tracer \(data)"
        case 0x7ffc_0000: "is logged and allowed"
        case allow: "is allowed"
        default: "is answered with 0x\(String(result, radix: 16))"
        }
    }
}

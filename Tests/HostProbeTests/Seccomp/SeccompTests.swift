import Foundation
import SeededRandom
import Testing

@testable import HostProbe

/// Profiles, what libseccomp makes of them, and the filters the kernel runs.
struct SeccompTests {
    private let path = "profile.json"

    private func profile(_ json: String) throws -> SeccompProfile {
        try SeccompProfile(json: Array(json.utf8), path: path)
    }

    private func compare(_ real: String, with asked: String) throws -> SeccompComparison {
        let profile = try profile(asked)
        return try SeccompComparison(
            installed: [try SeccompCompiler.filter(of: try self.profile(real), path: path)],
            reference: try SeccompCompiler.filter(of: profile, path: path),
            profile: profile
        )
    }

    /// Not every machine has all of these calls: aarch64 has no `mkdir`.
    private static let filtered = #"""
        {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
          {"names": ["mkdir", "mkdirat", "no_such_call"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
          {"names": ["personality"], "action": "SCMP_ACT_ERRNO",
           "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
          {"names": ["clone"], "action": "SCMP_ACT_ERRNO",
           "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}]}
        """#

    @Test func `A filter is what its profile says`() throws {
        let comparison = try compare(Self.filtered, with: Self.filtered)
        #expect(comparison.compared > 300)
        #expect(comparison.different == [])
    }

    @Test(
        arguments: [
            // Another errno, a value off by one, one half of a 64-bit value, another mask, a rule less, no filter.
            ("\"errnoRet\": 13", "\"errnoRet\": 1", ["mkdirat"]),
            ("\"value\": 8,", "\"value\": 9,", ["personality"]),
            ("\"value\": 8,", "\"value\": 4294967304,", ["personality"]),
            ("\"value\": 2114060288", "\"value\": 2080505856", ["clone"]),
            ("[\"personality\"]", "[\"getpid\"]", ["personality"]),
            ("SCMP_CMP_EQ", "SCMP_CMP_GE", ["personality"]),
            ("\"SCMP_ACT_ALLOW\"", "\"SCMP_ACT_LOG\"", ["read"]),
        ]
    )
    func `A filter that differs in one thing is seen`(from: String, to: String, calls: [String]) throws {
        let changed = Self.filtered.replacingOccurrences(of: from, with: to)
        #expect(changed != Self.filtered)
        let comparison = try compare(changed, with: Self.filtered)
        for call in calls {
            #expect(
                comparison.different.contains { $0.hasPrefix("\(call) ") || $0.hasPrefix("\(call)(") },
                "\(call): \(comparison.different.prefix(5))"
            )
        }
    }

    @Test func `Without a filter every call is allowed`() throws {
        let profile = try profile(Self.filtered)
        let reference = try SeccompCompiler.filter(of: profile, path: path)
        let comparison = try SeccompComparison(installed: [], reference: reference, profile: profile)
        #expect(
            comparison.different.contains(
                "mkdirat is allowed; by the profile it fails with errno 13 (Permission denied)"
            )
        )
    }

    @Test func `The strictest of several filters decides`() throws {
        let allow = try SeccompCompiler.filter(
            of: try profile(#"{"defaultAction": "SCMP_ACT_ALLOW"}"#),
            path: path
        )
        let filter = try SeccompCompiler.filter(of: try profile(Self.filtered), path: path)
        let call = SeccompFilter.Call(
            number: try #require(SeccompCompiler.number(of: "mkdirat")),
            architecture: SeccompCompiler.nativeArchitecture,
            arguments: []
        )
        #expect(try [allow, filter, allow].result(of: call) == SeccompResult.errno(EACCES))
        #expect(try [SeccompFilter]().result(of: call) == SeccompResult.allow)
    }

    /// What runc does for C libraries is no difference, and nothing else passes for it.
    @Test func `Only calls a strict profile says nothing of may be unknown`() throws {
        let strict = #"""
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}
            """#
        let stub = #"""
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
             "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}
            """#
        #expect(try compare(stub, with: strict).different == [])
        let open = #"{"defaultAction": "SCMP_ACT_ALLOW"}"#
        #expect(try compare(stub, with: open).different.count > 300)
        #expect(try compare(strict, with: stub).different.count > 300)
    }

    @Test(
        arguments: [
            ("{", "not as the OCI runtime specification has it"),
            (#"{"defaultAction": "SCMP_ACT_DENY"}"#, "defaultAction is 'SCMP_ACT_DENY', which is no action"),
            (
                #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "ERRNO"}]}"#,
                "syscalls[0].action is 'ERRNO'"
            ),
            (
                #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}]}"#,
                "syscalls[0].args[0] compares nothing known"
            ),
        ]
    )
    func `A profile that is none is refused with what is wrong`(json: String, message: String) throws {
        let error = #expect(throws: ProbeError.self) { try profile(json) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func `Programs the kernel would not take are refused and not run`() throws {
        let call = SeccompFilter.Call(number: 0, architecture: 0, arguments: [1, 2])
        var source = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let instructions = (0..<Int.random(in: 0...12, using: &source)).map { _ in
                SeccompFilter.Instruction(
                    code: UInt16.random(in: 0...0x9f, using: &source),
                    ifTrue: UInt8.random(in: 0...4, using: &source),
                    ifFalse: UInt8.random(in: 0...4, using: &source),
                    k: [0, 4, 16, 60, 64, 15, 16, .max].randomElement(using: &source) ?? 0
                )
            }
            _ = try? SeccompFilter(instructions: instructions).result(of: call)
        }
        #expect(throws: SeccompFilter.Malformed.self) { try SeccompFilter(instructions: []).result(of: call) }
        let word = SeccompFilter.Instruction(code: 0x20, ifTrue: 0, ifFalse: 0, k: 64)
        #expect(throws: SeccompFilter.Malformed.self) { try SeccompFilter(instructions: [word]).result(of: call) }
    }
}

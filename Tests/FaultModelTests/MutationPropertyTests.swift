import CRICatalog
import FaultModel
import SeededRandom
import Testing

struct MutationPropertyTests {
    /// A list of containers as a newer runtime might send it: with fields that the catalogue does not know, in between.
    private static func list(_ count: Int) throws -> [UInt8] {
        let unknown: [UInt8] = [0xf8, 0x3f, 0x2a]
        var bytes: [UInt8] = []
        for number in 0..<count {
            let item = try message(
                "Container",
                #"{"id": "c\#(number)", "podSandboxId": "p\#(number % 7)", "createdAt": "\#(number + 1)"}"#
            )
            let payload = item + unknown
            bytes += [0x0a, UInt8(payload.count)] + payload + unknown
        }
        return bytes
    }

    @Test func `Whatever a mutation does not name stays as it was, byte for byte`() throws {
        let bytes = try Self.list(40)
        let marked = try #require(
            try [Mutation("containers[podSandboxId=p3].id", .set(.text("zz")))].apply(
                to: bytes,
                message: "ListContainersResponse"
            )
        )
        let back = try (0..<40).filter { $0 % 7 == 3 }.reduce(marked) { bytes, number in
            try #require(
                try [Mutation("containers[\(number)].id", .set(.text("c\(number)")))].apply(
                    to: bytes,
                    message: "ListContainersResponse"
                )
            )
        }
        #expect(marked != bytes)
        #expect(back == bytes)
    }

    @Test func `Random bytes are changed or refused, never trapped on`() throws {
        var generator = SeededGenerator(seed: 3)
        let mutations = [
            Mutation("containers[podSandboxId=p1].labels[a]", .set(.text("b"))), Mutation("containers[*]", .repeat(2)),
            Mutation("containers[-1].createdAt", .add(.integer(-5))), Mutation("containers[0]", .swap("containers[1]")),
            Mutation("containers[1].image", .clear), Mutation("containers[id=c*]", .filter),
        ]
        let good = try Self.list(6)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...5, using: &generator))
            _ = try? mutations.apply(to: bytes, message: "ListContainersResponse")
        }
    }

    @Test func `A list of thousands of items is changed in one pass`() throws {
        // Quadratic work would take minutes here: 20,000 items of 30 bytes.
        let bytes = try Self.list(20_000)
        let changed = try [Mutation("containers[podSandboxId=p3]", .drop), Mutation("containers[*].createdAt", .clear)]
            .apply(to: bytes, message: "ListContainersResponse")
        #expect(try #require(changed).count < bytes.count)
    }
}

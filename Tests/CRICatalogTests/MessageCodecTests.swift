import SeededRandom
import SwiftProtobuf
import Testing

@testable import CRICatalog

/// The codec and SwiftProtobuf agree, on what they accept and on what it means.
@Suite struct MessageCodecTests {
    private let codec = MessageCodec()
    static let names = Catalog.cri.messages.map(\.name)

    @Test("What the codec encodes, SwiftProtobuf reads as the same message", arguments: names)
    func encodes(name: String) throws {
        let type = try #require(messageTypes[name])
        for seed in UInt64(0)..<40 {
            var random = RandomRecords(seed: seed)
            let record = random.record(name)
            let bytes = codec.encode(record)
            #expect(try codec.decode(bytes, as: name) == record, "seed \(seed)")
            let returned = try Generated.roundTrip(bytes, type)
            #expect(try codec.decode(returned, as: name) == record, "seed \(seed)")
            #expect(returned.count == bytes.count, "neither encodes what the other leaves out, seed \(seed)")
        }
    }

    @Test("Untidy encodings mean the same to both: pieces, packing, order, padding, unknown fields", arguments: names)
    func untidy(name: String) throws {
        let type = try #require(messageTypes[name])
        for seed in UInt64(0)..<40 {
            var random = RandomRecords(seed: seed)
            let record = random.record(name)
            var encoder = UntidyEncoder(seed: seed)
            let bytes = encoder.encode(record)
            #expect(try codec.decode(bytes, as: name) == record, "seed \(seed)")
            #expect(try codec.decode(Generated.roundTrip(bytes, type), as: name) == record, "seed \(seed)")
        }
    }

    @Test("Two messages on end are one, merged as SwiftProtobuf merges them", arguments: names)
    func merges(name: String) throws {
        let type = try #require(messageTypes[name])
        for seed in UInt64(0)..<20 {
            var random = RandomRecords(seed: seed)
            let bytes = codec.encode(random.record(name)) + codec.encode(random.record(name))
            expectAgreement(bytes, name, type, "seed \(seed)")
        }
    }

    @Test("A field with another wire type than its own is to both an unknown field", arguments: names)
    func wireTypes(name: String) throws {
        let type = try #require(messageTypes[name])
        for field in Catalog.cri.message(named: name)?.fields ?? [] {
            let payloads: [(WireRecord.WireType, [UInt8])] = [
                (.varint, [0x81, 0x01]), (.fixed64, [1, 2, 3, 4, 5, 6, 7, 8]), (.lengthDelimited, [2, 0x08, 0x01]),
                (.fixed32, [1, 2, 3, 4]), (.startGroup, []), (.endGroup, []),
            ]
            for (wire, payload) in payloads {
                // SwiftProtobuf refuses a map entry whose key has the wrong wire type; Go's library and ours skip it.
                if case .map = field.type, wire == .lengthDelimited { continue }
                var writer = WireWriter()
                writer.tag(field.number, wire)
                writer.raw(payload)
                if wire == .startGroup { writer.tag(field.number, .endGroup) }
                expectAgreement(writer.bytes, name, type, "\(field.name) as \(wire)")
            }
        }
    }

    @Test("Bytes that were tampered with are read or refused by both alike", arguments: names)
    func tampered(name: String) throws {
        let type = try #require(messageTypes[name])
        for seed in UInt64(0)..<120 {
            var random = RandomRecords(seed: seed)
            let bytes = random.generator.mutate(codec.encode(random.record(name)))
            expectAgreement(bytes, name, type, "seed \(seed)")
        }
    }

    @Test(
        "Malformed bytes are refused, with the place and the reason",
        arguments: [
            ([0x0a], .truncated, 1), ([0x0a, 0x05, 0x61], .truncated, 0), ([0x08, 0x80], .truncated, 1),
            ([0x0f], .unknownWireType, 0), ([0x00, 0x01], .badFieldNumber, 0), ([0x0c], .strayEndGroup, 0),
            ([0x13, 0x08, 0x01], .truncated, 0), ([0x13, 0x1c], .strayEndGroup, 0),
            ([0x18] + Array(repeating: 0xff, count: 10) + [0x01], .overlongVarint, 1),
            ([0x0a, 0x01, 0xff], .invalidUTF8, 0),
            ([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x61], .truncated, 0),
        ] as [([UInt8], WireError.Reason, Int)]
    )
    func malformed(bytes: [UInt8], reason: WireError.Reason, offset: Int) {
        let error = #expect(throws: WireError.self) { try codec.decode(bytes, as: "VersionResponse") }
        #expect(error?.reason == reason)
        #expect(error?.offset == offset)
    }

    @Test func `A text that is not UTF-8 is reported with its field`() {
        // status { id: "\xff" }
        let error = #expect(throws: WireError.self) {
            try codec.decode([0x0a, 0x03, 0x0a, 0x01, 0xff], as: "ContainerStatusResponse")
        }
        #expect(error?.field == "ContainerStatus.id")
        #expect(error?.description == "a string is not valid UTF-8 (ContainerStatus.id) at byte 2")
    }

    @Test func `An empty message and one that was not sent differ`() throws {
        let sent = Record(type: "RunPodSandboxRequest", fields: ["config": .record(Record(type: "PodSandboxConfig"))])
        #expect(codec.encode(sent) == [0x0a, 0x00])
        #expect(try codec.decode([0x0a, 0x00], as: "RunPodSandboxRequest") == sent)
        #expect(try codec.decode([], as: "RunPodSandboxRequest") == Record(type: "RunPodSandboxRequest"))
    }

    @Test func `Values of another kind than their field are left out, what the schema can take is taken`() {
        let record = Record(
            type: "ContainerStatus",
            fields: [
                "id": .integer(5), "state": .integer(1), "createdAt": .text("now"), "exitCode": .integer(7),
                "noSuchField": .bool(true), "labels": .map(["a": .integer(1)]),
            ]
        )
        let decoded = try? codec.decode(codec.encode(record), as: "ContainerStatus")
        #expect(decoded?["id"] == nil)
        #expect(decoded?["createdAt"] == nil)
        #expect(decoded?["exitCode"] == .integer(7))
        #expect(decoded?["labels"] == .map(["a": .text("")]))
        guard case .enumeration(let state)? = decoded?["state"] else { Issue.record("no state"); return }
        #expect(state.name == "CONTAINER_RUNNING")
    }

    @Test func `A message in very many pieces and a very long list are decoded without copying them per piece`() throws
    {
        // 200,000 pieces of one message, each with one more item: quadratic work would take minutes.
        let piece: [UInt8] = [0x0a, 0x04, 0x72, 0x02, 0x08, 0x01]
        let bytes = Array(repeating: piece, count: 200_000).flatMap { $0 }
        let record = try codec.decode(bytes, as: "ContainerStatusResponse")
        #expect(record["status"]?.record?["mounts"]?.list?.count == 200_000)
        let list = Array(repeating: [0x0a, 0x00] as [UInt8], count: 200_000).flatMap { $0 }
        #expect(try codec.decode(list, as: "ListContainersResponse")["containers"]?.list?.count == 200_000)
    }

    /// Compared by encoding, where NaN equals itself.
    private func expectAgreement(
        _ bytes: [UInt8],
        _ name: String,
        _ type: any Message.Type,
        _ comment: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let ours = try? codec.decode(bytes, as: name)
        let theirs = try? codec.decode(Generated.roundTrip(bytes, type), as: name)
        #expect(
            ours.map(codec.encode) == theirs.map(codec.encode),
            "\(comment): \(bytes)",
            sourceLocation: sourceLocation
        )
    }
}

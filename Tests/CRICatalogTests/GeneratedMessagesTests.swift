import CRICatalog
import SwiftProtobuf
import Testing

/// The generated code and the catalogue describe the same messages.
@Suite struct GeneratedMessagesTests {
    @Test func `Every message of the catalogue has a generated type of its name`() {
        #expect(messageTypes.keys.sorted() == Catalog.cri.messages.map(\.name).sorted())
        for (name, type) in messageTypes { #expect(type.protoMessageName == "runtime.v1.\(name)") }
    }

    @Test(
        "The generated types know the catalogue's field numbers and wire types and no others",
        arguments: Catalog.cri.messages.map(\.name)
    )
    func fields(name: String) throws {
        let message = try #require(Catalog.cri.message(named: name))
        let type = try #require(messageTypes[name])
        let highest = (message.fields.map(\.number).max() ?? 0) + 20
        for number in 1...highest {
            let tag = UInt64(number) << 3
            let varint = try Generated.knows(field: encoded(tag) + [1], type)
            let double = try Generated.knows(field: encoded(tag | 1) + [1, 0, 0, 0, 0, 0, 0, 0], type)
            let length = try Generated.knows(field: encoded(tag | 2) + [0], type)
            let expected: [Bool] =
                switch message.field(number: number) {
                case nil: [false, false, false]
                case let field?:
                    switch field.type {
                    case .bool, .int32, .int64, .uint32, .uint64, .enumeration: [true, false, field.isRepeated]
                    case .double: [false, true, field.isRepeated]
                    case .string, .bytes, .message, .map: [false, false, true]
                    }
                }
            #expect([varint, double, length] == expected, "\(name) field \(number)")
        }
    }

    /// The names are compared through JSON, where an unknown or misspelt one is an error.
    @Test("The generated types know the catalogue's field names", arguments: Catalog.cri.messages.map(\.name))
    func names(name: String) throws {
        let message = try #require(Catalog.cri.message(named: name))
        let type = try #require(messageTypes[name])
        for field in message.fields {
            for spelling in [field.name, field.jsonName] {
                #expect(throws: Never.self, "\(name).\(spelling)") {
                    _ = try type.init(jsonString: "{\"\(spelling)\": null}")
                }
            }
        }
        #expect(throws: (any Error).self) { _ = try type.init(jsonString: "{\"no_such_field\": null}") }
    }

    private func encoded(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

import CRICatalog
import Foundation
import Testing

/// The committed protocol file says what the catalogue says.
@Suite struct RuntimeProtoTests {
    private let catalog = Catalog.cri
    private let text: String
    private let proto: ProtoReader

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(
            contentsOf: root.appending(path: "Sources/CRI/Proto/runtime/v1/runtime.proto"),
            encoding: .utf8
        )
        proto = ProtoReader(text)
    }

    @Test func `Every line of the protocol file is understood`() {
        #expect(proto.rest == [])
        #expect(proto.syntax == "proto3")
        #expect(proto.package == "runtime.v1")
    }

    @Test func `The committed file is what the catalogue renders`() { #expect(text == ProtoFile.render(catalog)) }

    @Test func `Every RPC has its service, request, response and kind`() {
        let expected = catalog.rpcs.map {
            ProtoReader.Method(
                service: $0.service.rawValue,
                name: $0.name,
                request: $0.request,
                response: $0.response,
                isStream: $0.kind == .serverStream
            )
        }
        #expect(Set(proto.methods) == Set(expected))
        #expect(proto.methods.count == 43)
    }

    @Test func `Every message has its fields with number, type, label and option`() {
        #expect(Set(proto.messages.keys) == Set(catalog.messages.map(\.name)))
        for message in catalog.messages {
            let expected = message.fields.map { field in
                ProtoReader.Field(
                    name: field.name,
                    number: field.number,
                    type: Self.name(field.type),
                    isRepeated: field.isRepeated,
                    options: field.option == .deprecated ? "deprecated = true" : ""
                )
            }
            #expect(proto.messages[message.name] == expected, "\(message.name)")
        }
        #expect(proto.messages.values.map(\.count).reduce(0, +) == 478)
    }

    @Test func `Every enum has its values with their numbers, the nested one in its message`() {
        #expect(Set(proto.enums.keys) == Set(catalog.enums.map(\.name)))
        for enumeration in catalog.enums {
            let expected = enumeration.members.map { [$0.name, "\($0.number)"] }
            #expect(proto.enums[enumeration.name] == expected, "\(enumeration.name)")
        }
        #expect(proto.enums["SecurityProfile.ProfileType"]?.count == 3)
    }

    private static func name(_ type: FieldType) -> String {
        switch type {
        case .enumeration(let name): name.split(separator: ".").last.map(String.init) ?? name
        case .message(let name): name
        case .map(let value): "map<string, \(name(value))>"
        default: "\(type)"
        }
    }
}

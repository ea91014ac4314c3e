import Testing

@testable import CRICatalog

@Suite struct WireEditorTests {
    private let editor = WireEditor()
    private let codec = MessageCodec()

    private func path(_ text: String, _ message: String = "ContainerConfig") throws -> WirePath {
        try WirePath(text, in: message)
    }

    private static let config = Record(
        type: "ContainerConfig",
        fields: [
            "metadata": .record(
                Record(type: "ContainerMetadata", fields: ["name": .text("web"), "attempt": .integer(3)])
            ),
            "command": .list([.text("/agent"), .text(""), .text("--wait")]),
            "labels": .map(["tier": .text("back"), "io.kubernetes.pod.name": .text("p")]),
            "envs": .list([
                .record(Record(type: "KeyValue", fields: ["key": .text("A"), "value": .bytes([1])])),
                .record(Record(type: "KeyValue", fields: ["key": .text("B")])),
            ]),
        ]
    )

    @Test(
        "The value at a path is read",
        arguments: [
            ("metadata.name", .text("web")), ("metadata.attempt", .integer(3)), ("command[0]", .text("/agent")),
            ("command[-1]", .text("--wait")), ("command[1]", .text("")), ("command[3]", nil), ("command[-4]", nil),
            ("labels[tier]", .text("back")), ("labels[io.kubernetes.pod.name]", .text("p")), ("labels[none]", nil),
            ("envs[0].key", .text("A")), ("envs[-1].value", .bytes([])), ("envs[2].key", nil),
            ("workingDir", .text("")), ("tty", .bool(false)), ("args", .list([])), ("annotations", .map([:])),
            ("linux", nil), ("linux.resources.cpuQuota", nil), ("image.image", nil),
        ] as [(String, Value?)]
    )
    func reads(path text: String, value: Value?) throws {
        #expect(try editor.read(path(text), in: codec.encode(Self.config)) == value)
    }

    @Test(
        "An edit that leads nowhere gives nothing",
        arguments: [
            ("command[3]", .set(.text("x"))), ("command[-4]", .clear), ("command[3]", .duplicate),
            ("labels[none]", .clear), ("labels[tier]", .duplicate), ("labels[tier]", .append(.text("x"))),
            ("metadata.name", .append(.text("x"))), ("command", .duplicate), ("linux.resources.cpuQuota", .clear),
            ("envs[2].key", .set(.text("x"))), ("workingDir", .clear), ("metadata.name", .set(.integer(1))),
            ("command", .set(.list([.bool(true)]))), ("command[0]", .append(.text("x"))),
            ("command", .append(.integer(1))),
            ("labels[tier]", .set(.integer(1))), ("command", .set(.text("x"))),
        ] as [(String, WireEditor.Edit)]
    )
    func nowhere(path text: String, edit: WireEditor.Edit) throws {
        #expect(try editor.apply(edit, at: path(text), to: codec.encode(Self.config)) == nil)
    }

    @Test func `Setting a field makes the messages on the way`() throws {
        let bytes = try editor.apply(.set(.integer(5)), at: path("linux.resources.cpuQuota"), to: [])
        let record = try codec.decode(try #require(bytes), as: "ContainerConfig")
        #expect(record["linux"]?.record?["resources"]?.record?["cpuQuota"] == .integer(5))
    }

    @Test func `Setting a scalar to its default leaves it out, setting an item to it does not`() throws {
        let bytes = codec.encode(Self.config)
        let cleared = try #require(try editor.apply(.set(.text("")), at: path("metadata.name"), to: bytes))
        #expect(try editor.read(path("metadata.name"), in: cleared) == .text(""))
        #expect(cleared.count == bytes.count - 5)
        let item = try #require(try editor.apply(.set(.text("")), at: path("command[0]"), to: bytes))
        #expect(try editor.read(path("command"), in: item)?.list?.count == 3)
    }

    @Test func `A message in pieces is joined, and its items are counted over all of them`() throws {
        // Two pieces of ListContainersResponse.containers would be two containers; one of config is one message.
        let first = codec.encode(
            Record(
                type: "CreateContainerRequest",
                fields: ["config": .record(Record(type: "ContainerConfig", fields: ["command": .list([.text("a")])]))]
            )
        )
        let second = codec.encode(
            Record(
                type: "CreateContainerRequest",
                fields: ["config": .record(Record(type: "ContainerConfig", fields: ["command": .list([.text("b")])]))]
            )
        )
        let bytes = first + second
        let item = try path("config.command[0]", "CreateContainerRequest")
        #expect(try editor.read(item, in: bytes) == .text("a"))
        let edited = try #require(try editor.apply(.set(.text("c")), at: item, to: bytes))
        #expect(
            try editor.read(path("config.command", "CreateContainerRequest"), in: edited)
                == .list([.text("c"), .text("b")])
        )
        let cleared = try #require(
            try editor.apply(.clear, at: path("config.command[-1]", "CreateContainerRequest"), to: bytes)
        )
        #expect(try editor.read(path("config.command", "CreateContainerRequest"), in: cleared) == .list([.text("a")]))
    }

    @Test func `A number in a packed list is changed in place, and an unpacked list stays unpacked`() throws {
        let groups = try path("supplementalGroups", "LinuxContainerUser")
        // Three numbers packed, the middle one written longer than needed; then two alone.
        let packed: [UInt8] = [0x1a, 0x04, 0x01, 0x82, 0x00, 0x03]
        let alone: [UInt8] = [0x18, 0x04, 0x18, 0x05]
        let bytes = packed + alone
        #expect(try editor.read(groups, in: bytes) == .list([1, 2, 3, 4, 5].map { .integer($0) }))
        let item = { (index: Int) in try WirePath("supplementalGroups[\(index)]", in: "LinuxContainerUser") }
        #expect(
            try editor.apply(.set(.integer(7)), at: item(0), to: bytes) == [0x1a, 0x04, 0x07, 0x82, 0x00, 0x03] + alone
        )
        #expect(try editor.apply(.clear, at: item(1), to: bytes) == [0x1a, 0x02, 0x01, 0x03] + alone)
        #expect(
            try editor.apply(.duplicate, at: item(2), to: bytes) == [0x1a, 0x05, 0x01, 0x82, 0x00, 0x03, 0x03] + alone
        )
        #expect(
            try editor.apply(.set(.integer(300)), at: item(3), to: bytes) == packed + [0x18, 0xac, 0x02, 0x18, 0x05]
        )
        #expect(try editor.apply(.clear, at: item(-1), to: bytes) == packed + [0x18, 0x04])
        #expect(try editor.apply(.duplicate, at: item(-1), to: bytes) == bytes + [0x18, 0x05])
        #expect(try editor.apply(.append(.integer(6)), at: groups, to: bytes) == bytes + [0x18, 0x06])
        #expect(try editor.apply(.append(.integer(6)), at: groups, to: packed) == packed + [0x1a, 0x01, 0x06])
        #expect(try editor.apply(.clear, at: item(0), to: [0x1a, 0x01, 0x06]) == [])
    }

    @Test func `Bytes that break off on the way are an error, elsewhere they are left alone`() throws {
        let path = try path("metadata.name")
        #expect(throws: WireError.self) { try editor.read(path, in: [0x0a, 0x05, 0x0a]) }
        #expect(throws: WireError.self) { try editor.apply(.clear, at: path, to: [0x0a, 0x02, 0x0a, 0x05]) }
        // metadata { name: "n" }, then labels whose entry is broken off inside.
        let bytes: [UInt8] = [0x0a, 0x03, 0x0a, 0x01, 0x6e, 0x4a, 0x02, 0x0a, 0x09]
        #expect(try editor.read(path, in: bytes) == .text("n"))
        #expect(
            try editor.apply(.set(.text("m")), at: path, to: bytes) == [0x0a, 0x03, 0x0a, 0x01, 0x6d] + bytes[5...]
        )
    }
}

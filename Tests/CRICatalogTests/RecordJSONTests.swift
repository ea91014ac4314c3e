import SeededRandom
import SwiftProtobuf
import Testing

@testable import CRICatalog

@Suite struct RecordJSONTests {
    private let json = RecordJSON()
    private let codec = MessageCodec()

    private func parse(_ text: String, _ message: String) throws(RecordJSONError) -> Record {
        try json.parse(Array(text.utf8), as: message)
    }

    @Test("What is written, SwiftProtobuf reads as the same message", arguments: MessageCodecTests.names)
    func writes(name: String) throws {
        let type = try #require(messageTypes[name])
        for seed in UInt64(0)..<40 {
            var random = RandomRecords(seed: seed)
            let record = random.record(name)
            let text = json.render(record, redacted: false)
            let bytes: [UInt8] = try type.init(jsonUTF8Bytes: text).serializedBytes()
            #expect(try codec.decode(bytes, as: name) == record, "seed \(seed)")
            #expect(try json.parse(text, as: name) == record, "seed \(seed)")
        }
    }

    @Test(
        "What SwiftProtobuf writes, in each of its manners, is read as the same message",
        arguments: MessageCodecTests.names
    )
    func reads(name: String) throws {
        let type = try #require(messageTypes[name])
        for seed in UInt64(0)..<40 {
            var random = RandomRecords(seed: seed)
            let record = random.record(name)
            let message = try Generated.decode(codec.encode(record), type)
            var options = JSONEncodingOptions()
            options.alwaysPrintInt64sAsNumbers = random.generator.oneIn(2)
            options.alwaysPrintEnumsAsInts = random.generator.oneIn(2)
            options.preserveProtoFieldNames = random.generator.oneIn(2)
            let text: [UInt8] = try message.jsonUTF8Bytes(options: options)
            #expect(try json.parse(text, as: name) == record, "seed \(seed)")
        }
    }

    @Test("JSON that was tampered with is read only as SwiftProtobuf reads it", arguments: MessageCodecTests.names)
    func tampered(name: String) throws {
        let type = try #require(messageTypes[name])
        for seed in UInt64(0)..<60 {
            var random = RandomRecords(seed: seed)
            let text = random.generator.mutate(json.render(random.record(name), redacted: false))
            guard let record = try? json.parse(text, as: name) else { continue }
            let note: Comment = "seed \(seed): \(String(decoding: text, as: UTF8.self))"
            guard let message = try? type.init(jsonUTF8Bytes: text) else { continue }
            let bytes: [UInt8] = try message.serializedBytes()
            #expect(try codec.encode(codec.decode(bytes, as: name)) == codec.encode(record), note)
        }
    }

    @Test(
        "Integers are exact, as number or text, plain or with point and exponent",
        arguments: [
            ("5", 5), ("\"5\"", 5), ("-9223372036854775808", -9_223_372_036_854_775_808),
            ("\"9223372036854775807\"", 9_223_372_036_854_775_807), ("9007199254740993", 9_007_199_254_740_993),
            ("9007199254740993.0", 9_007_199_254_740_993), ("1e3", 1000), ("1.5e1", 15), ("1200e-2", 12),
            ("0e999999999999", 0), ("-0", 0), ("0.0", 0), ("9.007199254740993e15", 9_007_199_254_740_993),
        ] as [(String, Int128)]
    )
    func integers(text: String, expected: Int128) throws {
        let record = try parse("{\"value\": \(text)}", "Int64Value")
        #expect(record == Record(type: "Int64Value", fields: expected == 0 ? [:] : ["value": .integer(expected)]))
    }

    @Test(
        "What is no integer of the field's type is refused",
        arguments: [
            ("9223372036854775808", "Int64Value"), ("1.5", "Int64Value"), ("1e-1", "Int64Value"),
            ("1e40", "Int64Value"),
            ("1e99999999999999999999", "Int64Value"), ("\"0x10\"", "Int64Value"), ("\"+5\"", "Int64Value"),
            ("\"\"", "Int64Value"), ("\" 5\"", "Int64Value"), ("\"inf\"", "Int64Value"), ("\"05\"", "Int64Value"),
            ("true", "Int64Value"), ("-1", "UInt64Value"), ("18446744073709551616", "UInt64Value"),
            ("[5]", "Int64Value"), ("{\"value\":5}", "Int64Value"),
        ]
    )
    func noIntegers(text: String, type: String) {
        let error = #expect(throws: RecordJSONError.self) { try parse("{\"value\": \(text)}", type) }
        #expect(error?.path == "value")
    }

    @Test(
        "An error names the path and, for a name, what was probably meant",
        arguments: [
            ("{\"config\":{\"metadata\":{\"attempt\":-1}}}", "config.metadata.attempt", "'-1' is no UInt32"),
            (
                "{\"config\":{\"metdata\":{}}}", "config.metdata",
                "PodSandboxConfig has no field 'metdata' (did you mean metadata?)"
            ),
            (
                "{\"config\":{\"portMappings\":[{},{\"protocol\":\"TPC\"}]}}", "config.portMappings[1].protocol",
                "Protocol has no value 'TPC' (did you mean TCP?)"
            ),
            ("{\"config\":{\"labels\":{\"a.b\":1}}}", "config.labels[a.b]", "a text is wanted"),
            ("{\"config\":{\"labels\":{\"a\":null}}}", "config.labels[a]", "a text is wanted"),
            ("{\"config\":{\"labels\":{\"a\":\"1\",\"a\":\"2\"}}}", "config.labels[a]", "the key is written twice"),
            ("{\"config\":[]}", "config", "an object is wanted (PodSandboxConfig)"),
            ("{\"config\":{\"dnsConfig\":{\"servers\":\"a\"}}}", "config.dnsConfig.servers", "an array is wanted"),
            ("{\"config\":{\"dnsConfig\":{\"servers\":[null]}}}", "config.dnsConfig.servers[0]", "a text is wanted"),
            ("{\"runtimeHandler\":\"a\",\"runtime_handler\":\"a\"}", "runtime_handler", "the field is written twice"),
            ("{\"runtimeHandler\":null,\"runtimeHandler\":\"\"}", "runtimeHandler", "the field is written twice"),
            (
                "{\"config\":{\"portMappings\":[{\"protocol\":1.5}]}}", "config.portMappings[0].protocol",
                "Protocol is wanted, by name or number"
            ),
            ("[]", "", "an object is wanted (RunPodSandboxRequest)"),
            ("{,}", "", "1:2: a member's name in quotes is missing"),
        ]
    )
    func errors(text: String, path: String, message: String) {
        let error = #expect(throws: RecordJSONError.self) { try parse(text, "RunPodSandboxRequest") }
        #expect(error == RecordJSONError(path: path, message: message))
    }

    @Test func `A message that the CRI does not have is an error`() {
        let error = #expect(throws: RecordJSONError.self) { try parse("{}", "Nothing") }
        #expect(error?.description == "the CRI has no message 'Nothing'")
    }

    @Test(
        "Bytes are base64, standard or for URLs, padded or not",
        arguments: [
            ("+/8=", [0xfb, 0xff]), ("-_8", [0xfb, 0xff]), ("AA", [0]), ("AA==", [0]), ("YWJj", [97, 98, 99]),
        ] as [(String, [UInt8])]
    )
    func bytes(text: String, expected: [UInt8]) throws {
        #expect(try parse("{\"stdout\":\"\(text)\"}", "ExecSyncResponse")["stdout"] == .bytes(expected))
    }

    @Test(
        "What is no base64 is refused",
        arguments: ["A", "AAAAA", "AA=", "A===", "AAAA=", "=", "A A=", "AA==AA==", "é"]
    )
    func noBytes(text: String) {
        #expect(throws: RecordJSONError.self) { try parse("{\"stdout\":\"\(text)\"}", "ExecSyncResponse") }
    }

    @Test func `Null is a field that is not set, and a wrapper is a plain message`() throws {
        let record = try parse("{\"linux\":null,\"image\":{},\"envs\":null,\"tty\":false}", "ContainerConfig")
        #expect(record == Record(type: "ContainerConfig", fields: ["image": .record(Record(type: "ImageSpec"))]))
        let user = try parse("{\"runAsUser\":{\"value\":0}}", "LinuxContainerSecurityContext")
        #expect(user["runAsUser"] == .record(Record(type: "Int64Value")))
    }

    @Test func `The result of a step becomes a plain object`() {
        let enumeration = Catalog.cri.enumeration(named: "ContainerState").map {
            Value.enumeration(EnumValue($0, number: 1))
        }
        let record = Record(
            type: "process",
            fields: [
                "pid": .integer(42), "uid": .integer(9_007_199_254_740_993),
                "groups": .list([.integer(1), .integer(2)]),
                "load": .double(0.5), "whole": .double(3), "zero": .double(-0.0), "big": .double(1e300),
                "none": .double(.nan),
                "name": .text("a\"b"), "raw": .bytes([0xff]), "state": enumeration ?? .text(""),
                "limits": .map(["b": .integer(2), "a": .bool(true)]),
                "inner": .record(Record(type: "x", fields: ["y": .list([])])),
            ]
        )
        let text = String(decoding: json.render(record), as: UTF8.self)
        let expected =
            #"{"big":1e+300,"groups":[1,2],"inner":{"y":[]},"limits":{"a":true,"b":2},"load":0.5,"name":"a\"b","#
            + #""none":"NaN","pid":42,"raw":"/w==","state":"CONTAINER_RUNNING","uid":9007199254740993,"whole":3,"zero":-0}"#
        #expect(text == expected)
    }

    @Test func `Secrets are left out unless they are asked for`() {
        let record = Record(type: "KeyValue", fields: ["key": .text("TOKEN"), "value": .bytes(Array("hunter2".utf8))])
        #expect(String(decoding: json.render(record), as: UTF8.self) == #"{"key":"TOKEN","value":"<redacted>"}"#)
        #expect(
            String(decoding: json.render(record, redacted: false), as: UTF8.self)
                == #"{"key":"TOKEN","value":"aHVudGVyMg=="}"#
        )
    }
}

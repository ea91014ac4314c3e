import CRICatalog
import Foundation
import SeededRandom
import Testing

@Suite struct JSONValueTests {
    @Test(
        "What RFC 8259 allows is read and written again",
        arguments: [
            "null", "true", "false", "0", "-0", "12.50e+7", "1E-2", "\"\"", "[]", "{}", "[1,\"a\",null,[[]]]",
            "{\"a\":{\"b\":[true]},\"\":0}", "\"\\\"\\\\\\n\\r\\t\\u0001\"", "\"é日本\u{1F600}\"",
            "18446744073709551615", "-9223372036854775808", "{\"a\":1,\"a\":2}",
        ]
    )
    func accepted(text: String) throws {
        #expect(try String(decoding: JSONValue.parse(Array(text.utf8)).render(), as: UTF8.self) == text)
    }

    @Test(
        "Escapes stand for what RFC 8259 says",
        arguments: [
            ("\"\\u0041\\u00e9\"", "Aé"), ("\"\\ud83d\\ude00\"", "\u{1F600}"), ("\"\\/\\b\\f\"", "/\u{8}\u{c}"),
            ("\"\\uFFFF\\u0000\"", "\u{ffff}\0"),
        ]
    )
    func escapes(text: String, expected: String) throws {
        #expect(try JSONValue.parse(Array(text.utf8)) == .string(expected))
    }

    @Test(
        "Anything else is refused, with its place",
        arguments: [
            ("", "1:1"), ("  ", "1:3"), ("nul", "1:1"), ("True", "1:1"), ("01", "1:2"), ("+1", "1:1"), ("-", "1:2"),
            ("1.", "1:3"), (".5", "1:1"), ("1e", "1:3"), ("0x10", "1:2"), ("NaN", "1:1"), ("[1,]", "1:4"),
            ("[1 2]", "1:4"), ("[", "1:2"), ("{\"a\"}", "1:5"), ("{\"a\":}", "1:6"), ("{a:1}", "1:2"),
            ("{\"a\":1,}", "1:8"), ("'a'", "1:1"), ("\"a", "1:3"), ("\"\n\"", "2:1"), ("\"\\x\"", "1:4"),
            ("\"\\u12\"", "1:4"), ("\"\\ud800\"", "1:8"), ("\"\\udc00\"", "1:8"), ("\"\\u+123\"", "1:4"),
            ("1 2", "1:3"),
            ("[\n 1,\n x]", "3:2"), ("// c\n1", "1:1"), ("\u{feff}1", "1:1"),
        ]
    )
    func refused(text: String, place: String) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(Array(text.utf8)) }
        #expect(error?.description.hasPrefix("\(place): ") == true, "\(error?.description ?? "")")
    }

    @Test func `Text that is not UTF-8 is refused`() {
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse([0x22, 0xff, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse([0x22, 0xed, 0xa0, 0x80, 0x22]) }
    }

    @Test func `64 levels are read and 65 are refused`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: 0x5b, count: depth) + Array(repeating: 0x5d, count: depth)
        }
        #expect(throws: Never.self) { try JSONValue.parse(nested(JSONValue.depthLimit)) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(nested(JSONValue.depthLimit + 1)) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(Array(repeating: 0x5b, count: 1 << 20)) }
    }

    @Test func `A text beyond the size limit is refused before it is read`() {
        let bytes = Array(repeating: UInt8(ascii: " "), count: JSONValue.sizeLimit) + [UInt8(ascii: "1")]
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(bytes) }
        #expect(error?.message.contains("longer than") == true)
    }

    @Test func `The last of several members with one name is the one that counts`() throws {
        let value = try JSONValue.parse(Array("{\"a\":1,\"b\":2,\"a\":3}".utf8))
        #expect(value["a"] == .number("3"))
        #expect(value["c"] == nil)
        #expect(JSONValue.null["a"] == nil)
    }

    @Test func `Random values survive writing and reading, and mean the same to Foundation`() throws {
        for seed in UInt64(0)..<400 {
            var random = RandomJSON(generator: SeededGenerator(seed: seed))
            let value = random.value(depth: 0)
            let bytes = value.render()
            #expect(try JSONValue.parse(bytes) == value, "seed \(seed)")
            #expect(
                try Self.matches(value, Self.foundation(bytes)),
                "seed \(seed): \(String(decoding: bytes, as: UTF8.self))"
            )
        }
    }

    @Test func `Texts that were tampered with are accepted only where Foundation accepts them, with the same meaning`()
        throws
    {
        var accepted = 0
        for seed in UInt64(0)..<6000 {
            var random = RandomJSON(generator: SeededGenerator(seed: seed))
            // Foundation guesses UTF-16 and UTF-32 from zero bytes, which is not the question here.
            let bytes = random.generator.mutate(random.value(depth: 0).render()).filter { $0 != 0 }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let value = try? JSONValue.parse(bytes) else { continue }
            accepted += 1
            guard let other = try? Self.foundation(bytes) else {
                // The one thing that Foundation refuses and JSON does not: numbers beyond a double.
                #expect(Self.hasHugeNumber(value), "seed \(seed): \(text)")
                continue
            }
            #expect(Self.matches(value, other), "seed \(seed): \(text)")
        }
        #expect(accepted > 300)
    }

    @Test func `What Foundation accepts of tampered texts is accepted`() {
        for seed in UInt64(10_000)..<16_000 {
            var random = RandomJSON(generator: SeededGenerator(seed: seed))
            let bytes = random.generator.mutate(random.value(depth: 0).render()).filter { $0 != 0 }
            guard bytes.first != 0xef, bytes.first != 0xfe, bytes.first != 0xff, (try? Self.foundation(bytes)) != nil
            else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(throws: Never.self, "seed \(seed): \(text)") { try JSONValue.parse(bytes) }
        }
    }

    private static func foundation(_ bytes: [UInt8]) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    private static func matches(_ value: JSONValue, _ other: Any) -> Bool {
        switch value {
        case .null: return other is NSNull
        case .bool(let bool): return (other as? Bool) == bool
        case .number(let digits): return (other as? NSNumber)?.doubleValue == Double(digits)
        case .string(let text): return (other as? String) == text
        case .array(let items):
            guard let others = other as? [Any], others.count == items.count else { return false }
            return zip(items, others).allSatisfy { matches($0, $1) }
        case .object(let members):
            guard let others = other as? [String: Any], Set(members.map(\.name)).count == others.count else {
                return false
            }
            // Foundation keeps the first of two members with one name, so only single ones are compared.
            return members.allSatisfy { member in
                members.count { $0.name == member.name } > 1
                    || others[member.name].map { matches(member.value, $0) } == true
            }
        }
    }

    private static func hasHugeNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let digits): Double(digits)?.isFinite != true || digits.count > 17
        case .array(let items): items.contains { hasHugeNumber($0) }
        case .object(let members): members.contains { hasHugeNumber($0.value) }
        case .null, .bool, .string: false
        }
    }
}

private struct RandomJSON {
    var generator: SeededGenerator

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 4 : 7), using: &generator) {
        case 0: .null
        case 1: .bool(generator.oneIn(2))
        case 2:
            .number(
                generator.pick([
                    "0", "-1", "12", "3.25", "1e3", "-4E-2", "9007199254740993", "\(generator.next() >> 40)",
                ])
            )
        case 3: .string(text())
        case 4: .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in value(depth: depth + 1) })
        default:
            .object((0..<Int.random(in: 0...4, using: &generator)).map { (text() + "\($0)", value(depth: depth + 1)) })
        }
    }

    private mutating func text() -> String {
        generator.pick(["", "a", "\"", "\\", "\n\u{1f}\u{7f}", "é", "日本", "\u{1F600}", "\u{2028}", "/"])
            + String(generator.next() >> 50)
    }
}

import CRICatalog
import SuiteLanguage
import Testing

/// Every matcher that holds can be broken, and one that holds whatever happens is found out.
@Suite struct ProvingTests {
    private static func record(_ type: String, _ fields: [String: Value]) -> Value {
        .record(Record(type: type, fields: fields))
    }

    private static let containers: [Value] = (1...3).map { number in
        record("Container", ["id": .text("c\(number)"), "createdAt": .integer(Int128(number)), "imageRef": .text("i")])
    }

    private static let result = Record(
        type: "result",
        fields: [
            "code": .text("OK"), "message": .text("not found: x"), "elapsed": .integer(2_000_000_000),
            "containers": .list(containers),
        ]
    )

    private func prove(_ expect: String) throws -> (tried: Int, unnoticed: [String]) {
        let text = suiteText(steps: "- call: ListContainers\n  expect:\n    \(expect)")
        let (suite, diagnostics) = SuiteReader().read(text: text, file: "t.yaml")
        #expect(diagnostics == [])
        let step = try #require(suite?.cases.first?.steps.first)
        let expectation = try #require(step.expectations.last)
        let bindings = Bindings(slack: 1, catalog: .cri)
        try #require(expectation.mismatch(in: .record(Self.result), bindings) == nil, "it must hold first")
        return expectation.unnoticed(in: .record(Self.result), bindings)
    }

    @Test(
        "A matcher that holds breaks on what it is there to see",
        arguments: [
            "code: OK", "code: {in: [OK, refused]}", "message: {contains: found}", "message: {starts-with: not}",
            "message: {matches: 'f.und'}", "message: {class: not-found}", "message: {not: {contains: secret}}",
            "message: {not: {class: not-implemented}}", "message: {present: true}", "message: {size: 12B}",
            "elapsed: {below: 3s}", "elapsed: {at-least: 1s}", "elapsed: {between: [1s, 3s]}",
            "elapsed: {about: [2s, 100ms]}", "elapsed: {change: {from: 1s, by: {at-least: 1s}}}",
            "elapsed: {change: {from: 1s, by: {at-most: 1s}}}",
            "elapsed: {change: {from: 1s, by: {between: [1s, 2s]}}}",
            "code: {in: [UNAVAILABLE, OK]}", "message: {size: {at-least: 1B}}", "message: {size: {at-most: 20B}}",
            "message: {in: [{starts-with: not}]}", "message: {in: ['', {class: not-found}]}",
            "containers: {count: {between: [1, 4]}}",
            "containers: {count: {in: [2, 3]}}", "containers: {count: {not: 0}}",
            "elapsed: {change: {from: 2s, by: {between: [0s, 1s]}}}",
            "elapsed: {change: {from: 2s, by: {at-least: 0s}}}",
            "containers.id: {each: {not: {contains: evil}}}",
            "containers: {count: 3}", "containers: {count: {at-least: 1}}", "containers: {count: {at-most: 9}}",
            "containers.id: [c1, c2, c3]", "containers.id: {same-items: [c3, c1, c2]}",
            "containers.id: {includes: [c2]}", "containers.id: {not: {includes: [c9]}}", "containers.id: {any: c2}",
            "containers.id: {one: c2}", "containers.id: {none: c9}", "containers.id: {none: {in: [c8, c9]}}",
            "containers: {any: {id: c2}}", "containers: {one: {id: c2}}", "containers: {none: {id: c9}}",
            "containers: {each: {imageRef: i}}", "containers.id: {unique: true}",
            "containers.createdAt: {ascending: strictly}", "containers.createdAt: {consecutive: [1, 3]}",
            "'containers[0].labels': {equals: {}}", "'containers[0].imageRef': i", "'containers[0].createdAt': 1",
        ]
    )
    func breaks(expect: String) throws {
        let (tried, unnoticed) = try prove(expect)
        #expect(tried > 0)
        #expect(unnoticed == [])
    }

    @Test(
        "A matcher that holds whatever happens is found out",
        arguments: [
            "containers: {count: {at-least: 0}}", "message: {matches: '.*'}", "code: {in: [OK, refused, UNAVAILABLE]}",
            "'containers[0].createdAt': {at-most: 9223372036854775807}",
        ]
    )
    func isVacuous(expect: String) throws {
        #expect(try !prove(expect).unnoticed.isEmpty)
    }
}

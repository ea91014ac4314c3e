import CRICatalog
import SuiteLanguage
import Testing

/// Every matcher on a value it must take and on the counterexample it must refuse.
@Suite struct MatcherTests {
    /// A ListContainers result with what the matchers are tried on.
    static let result: Record = {
        func container(_ id: String, _ state: Int32, _ created: Int64, _ labels: [String: Value]) -> Value {
            let type = Catalog.cri.enumeration(named: "ContainerState")
            var fields: [String: Value] = ["id": .text(id), "createdAt": .integer(Int128(created))]
            if let type { fields["state"] = .enumeration(EnumValue(type, number: state)) }
            if !labels.isEmpty { fields["labels"] = .map(labels) }
            return .record(Record(type: "Container", fields: fields))
        }
        let answer = Record(
            type: "ListContainersResponse",
            fields: [
                "containers": .list([
                    container("a", 0, 10, ["colour": .text("red"), "a.b/c": .text("x")]),
                    container("b", 1, 20, [:]), container("c", 1, 30, [:]),
                ])
            ]
        )
        return Record(
            type: "result",
            fields: [
                "code": .text("OK"), "message": .text("could not reserve name \"x\": already in use"),
                "elapsed": .integer(2_000_000_000), Bindings.itself: .record(answer),
            ]
        )
    }()

    @Test(
        "A matcher takes what it is for and refuses its counterexample",
        arguments: [
            ("containers.id: [a, b, c]", "containers.id: [a, c, b]"),
            ("containers: {count: 3}", "containers: {count: 2}"),
            ("containers: {count: {at-least: 3}}", "containers: {count: {above: 3}}"),
            ("containers.id: {any: b}", "containers.id: {any: d}"),
            ("containers.id: {none: d}", "containers.id: {none: b}"),
            ("containers.state: {one: CONTAINER_CREATED}", "containers.state: {one: CONTAINER_RUNNING}"),
            ("containers.id: {each: {in: [a, b, c]}}", "containers.id: {each: {in: [a, b]}}"),
            (
                "containers: {any: {id: b, state: CONTAINER_RUNNING}}",
                "containers: {any: {id: a, state: CONTAINER_RUNNING}}"
            ),
            ("containers.id: {includes: [c, a]}", "containers.id: {includes: [c, d]}"),
            ("containers.id: {same-items: [c, a, b]}", "containers.id: {same-items: [c, a]}"),
            ("containers.createdAt: {ascending: strictly}", "containers.state: {ascending: strictly}"),
            ("containers.id: {unique: true}", "containers.state: {unique: true}"),
            ("elapsed: {below: 3s}", "elapsed: {below: 2s}"),
            ("elapsed: {at-most: 2s}", "elapsed: {at-most: 1999ms}"),
            ("elapsed: {between: [2s, 3s]}", "elapsed: {between: [2001ms, 3s]}"),
            ("elapsed: {about: [1900ms, 10%]}", "elapsed: {about: [1700ms, 10%]}"),
            ("message: {contains: reserve name}", "message: {contains: released}"),
            ("message: {starts-with: could}", "message: {starts-with: not}"),
            ("message: {matches: 'reserve name \"x+\"'}", "message: {matches: '^reserve'}"),
            ("message: {class: name-reserved}", "message: {class: unauthorized}"),
            ("message: {size: 42}", "message: {size: 40}"),
            ("message: {not: {equals: other}}", "message: {not: {contains: name}}"),
            ("code: {in: [OK, NOT_FOUND]}", "code: {in: [UNKNOWN, NOT_FOUND]}"),
            ("code: OK", "code: refused"),
            ("containers[0].labels[a.b/c]: x", "containers[0].labels[a.b/c]: z"),
            ("containers[-1].id: c", "containers[-1].id: a"),
            ("containers[id=b].createdAt: 20", "containers[id=b].createdAt: 10"),
            ("'containers[created_at=20].id': b", "'containers[created_at=20].id': a"),
            ("'containers[*created_at=20]': {count: 1}", "'containers[*created_at=20]': {count: 0}"),
            ("containers[0].labels: {includes: {colour: red}}", "containers[0].labels: {includes: {colour: blue}}"),
            ("containers[0].labels: {present: true}", "containers[1].labels: {present: true}"),
            ("containers[*state=CONTAINER_RUNNING].id: [b, c]", "containers[*state=CONTAINER_RUNNING].id: [b]"),
        ]
    )
    func takesAndRefuses(holding: String, broken: String) throws {
        #expect(try mismatch("ListContainers", expect: holding, in: Self.result) == nil)
        #expect(try mismatch("ListContainers", expect: broken, in: Self.result) != nil)
    }

    @Test(
        "An empty list satisfies nothing that speaks of its items",
        arguments: ["{each: x}", "{any: x}", "{ascending: strictly}", "{unique: true}", "{one: x}"]
    )
    func emptyList(matcher: String) throws {
        var empty = Self.result
        empty[Bindings.itself] = .record(Record(type: "ListContainersResponse"))
        #expect(try mismatch("ListContainers", expect: "containers.id: \(matcher)", in: empty) != nil)
    }

    @Test func `A message on the way that is not set breaks every matcher and is named`() throws {
        let answer = Record(
            type: "result",
            fields: ["code": .text("OK"), Bindings.itself: .record(Record(type: "ContainerStatusResponse"))]
        )
        for expectation in ["status.exitCode: 0", "status.state: CONTAINER_CREATED", "status.id: {present: false}"] {
            let found = try mismatch("ContainerStatus", expect: expectation, in: answer)
            #expect(found?.actual.contains("status") == true, "\(expectation): \(String(describing: found))")
        }
    }

    @Test func `A condition that two items meet is a failure that says so`() throws {
        let found = try mismatch("ListContainers", expect: "containers[state=CONTAINER_RUNNING].id: b", in: Self.result)
        #expect(found?.actual.contains("2") == true)
    }

    @Test func `Slack stretches upper bounds and leaves lower bounds alone`() throws {
        #expect(try mismatch("ListContainers", expect: "elapsed: {below: 1s}", in: Self.result, slack: 3) == nil)
        #expect(try mismatch("ListContainers", expect: "elapsed: {at-least: 3s}", in: Self.result, slack: 3) != nil)
        #expect(
            try mismatch("ListContainers", expect: "elapsed: {between: [1s, 1500ms]}", in: Self.result, slack: 2) == nil
        )
    }

    @Test(
        "No code of a crash or a hang is a refusal",
        arguments: ["OK", "CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE", "UNIMPLEMENTED"]
    )
    func notRefused(code: String) throws {
        let answer = Record(type: "result", fields: ["code": .text(code)])
        #expect(try mismatch("Version", expect: "code: refused", in: answer) != nil)
    }

    @Test(arguments: ["UNKNOWN", "INVALID_ARGUMENT", "NOT_FOUND", "INTERNAL", "FAILED_PRECONDITION"])
    func refused(code: String) throws {
        let answer = Record(type: "result", fields: ["code": .text(code)])
        #expect(try mismatch("Version", expect: "code: refused", in: answer) == nil)
    }

    /// The steps of one case whose second call expects something that the first one gave.
    private func holds(_ expect: String, first: Value, second: Value) throws -> Bool {
        let text = suiteText(
            steps: "- call: ListContainers\n  save: found\n- call: ListContainers\n  expect: {\(expect)}"
        )
        let (suite, diagnostics) = SuiteReader().read(text: text, file: "t.yaml")
        #expect(diagnostics == [])
        let expectation = try #require(suite?.cases.first?.steps.last?.expectations.last)
        func result(_ containers: Value) -> Value {
            let answer = Record(type: "ListContainersResponse", fields: ["containers": containers])
            return .record(Record(type: "result", fields: [Bindings.itself: .record(answer)]))
        }
        return expectation.mismatch(in: result(second), Bindings(values: ["found": result(first)])) == nil
    }

    @Test func `What an item is held against must be there`() throws {
        let item = Value.record(Record(type: "Container", fields: ["id": .text("a")]))
        let expect = #"containers: {none: {id: "${found.containers[0].id}"}}"#
        #expect(try !holds(expect, first: .list([item]), second: .list([item])))
        // Nothing matches what is not known, and that is no proof that it is not there.
        #expect(try !holds(expect, first: .list([]), second: .list([item])))
        #expect(
            try !holds(
                #"containers: {not: {any: {id: "${found.containers[0].id}"}}}"#,
                first: .list([]),
                second: .list([item])
            )
        )
    }

    @Test func `A run of numbers that ends before it begins is of no list`() throws {
        #expect(
            try mismatch("ListContainers", expect: "containers.createdAt: {consecutive: [10, 9]}", in: Self.none) != nil
        )
        #expect(
            try mismatch("ListContainers", expect: "containers.createdAt: {consecutive: [5, 1]}", in: Self.none) != nil
        )
    }

    @Test func `A run of numbers that is broken says where`() throws {
        func actual(_ numbers: [Int128]) throws -> String? {
            let items = numbers.map { Value.record(Record(type: "Container", fields: ["createdAt": .integer($0)])) }
            let answer = Record(type: "ListContainersResponse", fields: ["containers": .list(items)])
            let result = Record(type: "result", fields: ["code": .text("OK"), Bindings.itself: .record(answer)])
            return try mismatch("ListContainers", expect: "containers.createdAt: {consecutive: [1, 300]}", in: result)?
                .actual
        }
        #expect(try actual(Array(1...300)) == nil)
        let swapped: [Int128] = Array(1...99) + [101, 100] + Array(102...300)
        #expect(try actual(swapped)?.hasPrefix("item 100 of 300 is 101 after 99: [1") == true)
        let repeated: [Int128] = Array(1...100) + Array(100...299)
        #expect(try actual(repeated)?.hasPrefix("item 101 of 300 is 100 after 100: [1") == true)
        // Nothing is out of its place in what ends too early, or begins with another number.
        #expect(try actual(Array(1...299))?.hasPrefix("[1") == true)
        #expect(try actual(Array(2...301))?.hasPrefix("[2") == true)
        #expect(try actual([]) == "[]")
    }

    private static let none = Record(
        type: "result",
        fields: [
            "code": .text("OK"),
            Bindings.itself: .record(Record(type: "ListContainersResponse", fields: ["containers": .list([])])),
        ]
    )
}

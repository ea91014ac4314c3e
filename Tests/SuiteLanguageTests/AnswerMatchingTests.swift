import CRICatalog
import SuiteLanguage
import Testing

/// Expectations on what an agent answers: JSON, where a map and a message look the same.
@Suite struct AnswerMatchingTests {
    private func holds(_ expect: String, on env: Value) throws -> Bool {
        let text = suiteText(
            steps: "- sandbox: pod\n- container: c\n- agent: [process]\n  in: c\n  expect: {\(expect)}"
        )
        let (suite, diagnostics) = SuiteReader().read(text: text, file: "t.yaml")
        #expect(diagnostics == [])
        let step = try #require(suite?.cases.first?.steps.last)
        let expectation = try #require(step.expectations.last)
        let answer = Value.record(Record(type: "answer", fields: ["env": env]))
        return expectation.mismatch(in: answer, Bindings(slack: 1, catalog: .cri)) == nil
    }

    private static let entries: [String: Value] = ["A": .text("x"), "B": .text("y")]

    @Test(arguments: [Value.map(entries), .record(Record(type: "object", fields: entries))])
    func `Entries are looked up whatever the map was read as`(env: Value) throws {
        #expect(try holds("env: {includes: {A: x}}", on: env))
        #expect(try !holds("env: {includes: {A: z}}", on: env))
        #expect(try !holds("env: {includes: {C: x}}", on: env))
        #expect(try holds("env: {count: 2}", on: env))
        #expect(try !holds("env: {count: 0}", on: env))
        #expect(try holds("'env[A]': x", on: env))
        #expect(try !holds("'env[C]': x", on: env))
    }

    @Test func `What is no map includes nothing, and has no number of entries`() throws {
        for env in [Value.text("A=x"), .list([]), .record(Record(type: "object", fields: [:]))] {
            #expect(try !holds("env: {includes: {A: x}}", on: env))
        }
        #expect(try !holds("env: {count: 0}", on: .text("")))
    }
}

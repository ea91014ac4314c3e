import CRICatalog
import Testing

@testable import SuiteLanguage

@Suite struct ValuePathTests {
    @Test func `A key leads into a map, and into an agent's answer, where maps look like messages`() {
        let bindings = Bindings(slack: 1, catalog: .cri)
        let entries: [String: Value] = ["A.B": .text("x")]
        func path(_ key: String) -> ValuePath {
            ValuePath(text: "env[\(key)]", steps: [.field("env"), .key(key)], shape: .text)
        }
        for env in [Value.map(entries), .record(Record(type: "answer", fields: entries))] {
            let answer = Value.record(Record(type: "answer", fields: ["env": env]))
            #expect(path("A.B").read(from: answer, in: bindings) == .value(.text("x")))
            #expect(path("C").read(from: answer, in: bindings) == .missing("env has no key 'C'"))
        }
        let text = Value.record(Record(type: "answer", fields: ["env": .text("A.B=x")]))
        #expect(path("A.B").read(from: text, in: bindings) == .missing("env is no map"))
    }
}

import CRICatalog
import SuiteLanguage
import Testing

/// What blocks and invariants are read to.
@Suite struct BlockTests {
    private func steps(_ text: String) throws -> [Step] {
        let (suite, diagnostics) = SuiteReader().read(text: suiteText(steps: text), file: "t.yaml")
        #expect(diagnostics == [])
        return try #require(suite?.cases.first).steps
    }

    private func block(_ text: String) throws -> BlockStep {
        let step = try #require(try steps(text).first)
        guard case .block(let block) = step.action else { throw NoBlock() }
        return block
    }

    private struct NoBlock: Error {}

    @Test(
        "repeat and parallel say how many rounds there are and how many at a time",
        arguments: [
            ("- repeat: 5", 5, 1), ("- parallel: 3", 3, 3), ("- repeat: 6\n  parallel: 2", 6, 2),
            ("- repeat: 2\n  parallel: 9", 2, 2),
        ]
    )
    func rounds(head: String, count: Int, width: Int) throws {
        let block = try block("\(head)\n  steps: [{call: Version, expect: {version: x1}}]")
        #expect(block.count == count)
        #expect(block.width == width)
    }

    @Test func `What a block binds is a list outside of it`() throws {
        let text = """
            - sandbox: pod
            - repeat: 3
              steps:
              - container: c
              - call: ContainerStatus
                with: {containerId: "${c.id}"}
                save: s
            - call: ListContainers
              expect: {containers.id: {same-items: "${c.id}"}, containers.state: "${s.status.state}"}
            """
        #expect(mistakes(steps: text) == [])
        let alone = text.replacing("{same-items: \"${c.id}\"}", with: "[\"${c.id}\"]")
        #expect(!mistakes(steps: alone).isEmpty, "a list is no text")
        let asFixture = text.replacing(
            "- call: ListContainers",
            with: "- log: c\n  expect: {lines: []}\n- call: ListContainers"
        )
        #expect(mistakes(steps: asFixture).contains { $0.contains("'c'") }, "a list is no container")
    }

    @Test func `A planned container that a block creates is created after it`() {
        let text = """
            - sandbox: pod
            - container: c
              state: planned
            - parallel: 2
              steps:
              - call: CreateContainer
                with: "${c.request}"
                expect: {code: {in: [OK, refused]}}
            - call: RemoveContainer
              with: {containerId: "${c.id}"}
            """
        #expect(mistakes(steps: text) == [])
    }

    @Test func `An invariant has a rule for each RPC, typed by its answer`() throws {
        func read(_ watch: String, _ expect: String, _ more: String = "") -> (Suite?, [String]) {
            let text = """
                suite: t
                title: T
                cases:
                - {id: t.a, title: T, level: must, source: x, watch: \(watch), expect: \(expect)\(more)}

                """
            let (suite, found) = SuiteReader().read(text: text, file: "t.yaml")
            return (suite, found.map(\.message))
        }
        let (suite, found) = read("[Status, ImageStatus]", "{info: {present: false}}")
        #expect(found == [])
        #expect(suite?.cases.first?.watch?.map { $0.rpc?.name } == ["Status", "ImageStatus"])
        #expect(suite?.cases.first?.steps.isEmpty == true)
        let wrong: [(String, String, String, String)] = [
            ("[Status, Version]", "{info: {present: false}}", "", "VersionResponse has no field 'info'"),
            ("every-rpc", "{info: {present: false}}", "", "no field 'info'"),
            ("Stauts", "{code: OK}", "", "Status"), ("Status", "{}", "", "judges nothing"),
            ("Status", "{elapsed: \"${previous.elapsed}\"}", "", "previous"),
            ("Status", "{code: OK}", ", steps: [{call: Version}]", "no steps"),
        ]
        for (watch, expect, more, word) in wrong {
            let messages = read(watch, expect, more).1
            #expect(messages.contains { $0.contains(word) }, "\(messages)")
        }
        #expect(
            read("ContainerStatus", "{status.state: {at-least: \"${previous.status.state}\"}}", ", per: status.id").1
                == []
        )
    }

    @Test func `A removed field leaves the rest of a message as it was`() throws {
        let text = """
            - sandbox: pod
              with: {hostname: h, linux: {cgroupParent: /x, sysctls: {a: "1"}}}
            - call: ListPodSandbox
              with: {filter: {id: "${pod.id}", state: {state: SANDBOX_READY}}}
              expect: {items: []}
            """
        let steps = try steps(text)
        guard case .sandbox(let fixture) = steps[0].action, let with = fixture.with,
            case .call(let call) = steps[1].action, case .message(let request) = call.request
        else { throw NoBlock() }
        #expect(with.removableFields(keepsReferences: false) == ["hostname", "linux"])
        #expect(request.removableFields(keepsReferences: true) == [], "an id says which object is meant")
        let bindings = Bindings()
        let without = try with.removing(["linux", "sysctls"]).value(in: bindings).record
        #expect(without?["hostname"] == .text("h"))
        #expect(without?["linux"]?.record?.fields.keys.sorted() == ["cgroupParent"])
        #expect(try with.removing(["nothing"]).value(in: bindings) == with.value(in: bindings))
    }
}

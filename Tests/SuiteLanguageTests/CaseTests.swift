import CRICatalog
import SuiteLanguage
import Testing

@Suite struct CaseTests {
    @Test func `A matrix becomes a case per combination, with its values in place`() throws {
        let text = """
            suite: t
            title: T
            cases:
            - id: t.code
              title: ends by ${end} with ${end.code}
              level: must
              source: x
              for:
                end: {zero: {code: 0}, one: {code: 1}}
                way: [a, b]
              steps:
              - call: ContainerStatus
                with: {containerId: "${way}"}
                expect: {status.exitCode: "${end.code}"}
            """
        let (suite, diagnostics) = SuiteReader().read(text: text, file: "t.yaml")
        #expect(diagnostics == [])
        let cases = try #require(suite?.cases)
        #expect(cases.map(\.id) == ["t.code.zero.a", "t.code.zero.b", "t.code.one.a", "t.code.one.b"])
        #expect(cases.last?.title == "ends by one with 1")
    }

    @Test func `A case takes the labels and requirements of its file and finds its own`() throws {
        let text = """
            suite: t
            title: T
            labels: [all]
            requires: {cgroup: v2}
            cases:
            - id: t.one
              title: One
              level: should
              source: [a, b]
              labels: [own]
              steps:
              - sandbox: pod
              - container: c
              - host: {process: c}
                expect: {pid: {above: 0}}
            """
        let (suite, diagnostics) = SuiteReader().read(text: text, file: "t.yaml")
        #expect(diagnostics == [])
        let item = try #require(suite?.cases.first)
        #expect(item.labels == ["all", "own"])
        #expect(item.sources == ["a", "b"])
        #expect(item.requirements.contains(.cgroup(2)))
        #expect(item.requirements.contains(.sameHost))
        #expect(item.position.description == "t.yaml:6:7")
    }

    @Test func `The shipped suites are sound and what they stand on exists`() {
        let set = SuiteSet.load(paths: ["suites/conformance"])
        #expect(set.rendered() == [])
        #expect(set.cases.count >= 100)
        let ids = Set(set.cases.map(\.id))
        #expect(ids.count == set.cases.count)
        for proof in [
            "sandbox.run.ready", "container.start.running", "image.pull.status", "log.content.readable", "exec.stdout",
        ] {
            #expect(ids.contains(proof))
        }
        #expect(set.cases.allSatisfy { Set($0.needs).isSubset(of: ids) })
    }

    @Test func `Needs that go in a circle are refused`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            "a.yaml",
            """
            suite: a
            title: T
            cases:
            - {id: a.one, title: T, level: must, source: x, needs: [a.two], steps: [{call: Version, expect: {runtimeName: x}}]}
            - {id: a.two, title: T, level: must, source: x, needs: [a.one], steps: [{call: Version, expect: {runtimeName: x}}]}
            """
        )
        let found = SuiteSet.load(paths: [folder.path]).diagnostics
        #expect(found.contains { $0.message.contains("circle") })
    }

    @Test func `A file of more than 4 MiB is refused before it is read`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.writeSparse("big.yaml", size: 100 << 20)
        let found = SuiteSet.load(paths: [folder.path]).diagnostics
        #expect(found.count == 1)
        #expect(found.first?.message.contains("100 MiB") == true)
    }
}

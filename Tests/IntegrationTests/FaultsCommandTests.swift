import Foundation
import Testing

/// `crisol faults` as a user meets it. No runtime is needed.
@Suite struct FaultsCommandTests {
    @Test(
        "Wrong usage ends with 2 and says what to do",
        arguments: [
            (["faults", "show", "sandbox-lost-respose"], "did you mean sandbox-lost-response?"),
            (["faults", "show", "my-own"], "./my-own.yaml"),
            (["faults", "show", "sandbox-lost-response", "--set", "pdo=x"], "did you mean pod?"),
            (["faults", "show", "status-hang", "--namespace", "x"], "no parameter 'namespace'"),
            (["faults", "show", "status-hang", "--set", "for"], "NAME=VALUE"),
            (["faults", "show", "status-hang", "--set", "for=1m", "--set", "for=2m"], "twice"),
            (["faults", "show", "status-hang", "--set", "for=25h"], "24h"),
            (["faults", "lint", "/no/such/plan.yaml"], "/no/such/plan.yaml"),
            (["faults", "lint"], "plans"),
        ]
    )
    func wrongUsage(_ arguments: [String], _ words: String) async throws {
        let ending = try await CrisolProgram.run(arguments)
        #expect(ending.code == 2, "\(ending.output)")
        #expect(ending.output.contains(words), "\(ending.output)")
    }

    @Test func `The list names every preset with its title`() async throws {
        let ending = try await CrisolProgram.run(["faults", "presets"])
        #expect(ending.code == 0)
        #expect(ending.output.split(separator: "\n").count == 65, "\(ending.output)")
        #expect(ending.output.contains("goaway  ") && ending.output.contains("The runtime announces"))
    }

    @Test func `A preset tells its story, and what is set`() async throws {
        let ending = try await CrisolProgram.run([
            "faults", "show", "sandbox-lost-response", "--namespace", "staging", "--set", "pod=web-*",
        ])
        #expect(ending.code == 0)
        for words in [
            "kubelet never learns its id", "kubernetes/kubernetes#52323", "exactly one READY sandbox",
            "a second sandbox",
            "namespace=staging", "pod=web-*", "ends      10m", "method: RunPodSandbox",
        ] { #expect(ending.output.contains(words), "\(words): \(ending.output)") }
    }

    @Test func `A plan without a story is shown without one`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("p.yaml", "plan: mine\nrules:\n- {id: a, match: {method: StopContainer}, fault: hang}\n\n")
        let ending = try await CrisolProgram.run(["faults", "show", "\(folder.path)/p.yaml"])
        #expect(ending.code == 0)
        #expect(ending.output.hasPrefix("mine\n\n  ends      10m after arming\n\n  rules:\n"), "\(ending.output)")
        #expect(ending.output.hasSuffix("fault: hang}\n"), "\(ending.output)")
    }

    @Test func `Lint tells every mistake of every plan, and goes on after a bad one`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("bad.yaml", "rules:\n- id: a\n  match: {method: ListContainers}\n  fault: hagn\n")
        try folder.write("good.yaml", "rules:\n- {id: a, match: {method: StopContainer}, fault: hang}\n")
        let ending = try await CrisolProgram.run([
            "faults", "lint", "\(folder.path)/bad.yaml", "\(folder.path)/good.yaml", "status-hang",
        ])
        #expect(ending.code == 2)
        #expect(
            ending.output.contains("bad.yaml:4:10: error: 'hagn' is no fault (did you mean hang?)"),
            "\(ending.output)"
        )
        #expect(ending.output.contains("good.yaml: 1 rule, no mistakes"), "\(ending.output)")
        #expect(ending.output.contains("status-hang: 1 rule, no mistakes"), "\(ending.output)")
        let all = try await CrisolProgram.run(["lint", folder.path])
        #expect(all.code == 2)
        #expect(all.output.contains("1 mistake"), "\(all.output)")
    }
}

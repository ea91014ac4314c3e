import CRICatalog
import FaultModel
import SuiteLanguage
import Testing

/// Plans as a whole: their story, their parameters, and what they protect.
@Suite struct FaultPlanTests {
    private static let text = """
        plan: lost-sandbox
        title: The answer of RunPodSandbox is lost
        story: |
          The runtime made the sandbox.
          kubelet never learns its id.
        references: [containerd/containerd#12438]
        expect:
          kubelet: one READY sandbox in the end
          runtime: the name is free after the removal
        parameters:
          namespace: {default: default, about: whose pods}
          times: {default: "1", about: how often}
        seed: 18446744073709551615
        protect: {namespaces: [kube-system, infra], static-pods: false}
        rules:
        - id: lose-${namespace}
          match: {method: RunPodSandbox, namespace: "${namespace}"}
          fault: {lose-response: UNAVAILABLE}
          when: {calls: "1..${times}"}
        """

    @Test("Everything a plan says is kept")
    func plan() throws {
        let (plan, diagnostics) = FaultPlanReader().read(text: Self.text, file: "p.yaml")
        #expect(diagnostics == [])
        let rule = FaultRule(
            "lose-default",
            Match(methods: ["RunPodSandbox"], namespaces: ["default"]),
            FaultSequence(.loseResponse(.status(RPCStatus(.unavailable)))),
            numbers: NumberSet("1..1")
        )
        let story = FaultPlan.Story(
            title: "The answer of RunPodSandbox is lost",
            text: "The runtime made the sandbox.\nkubelet never learns its id.\n",
            references: ["containerd/containerd#12438"],
            kubelet: "one READY sandbox in the end",
            runtime: "the name is free after the removal"
        )
        let expected = FaultPlan(
            name: "lost-sandbox",
            story: story,
            parameters: [
                FaultPlan.Parameter("namespace", about: "whose pods", standard: "default", value: "default"),
                FaultPlan.Parameter("times", about: "how often", standard: "1", value: "1"),
            ],
            seed: .max,
            protection: Protection(namespaces: ["kube-system", "infra"], coversStaticPods: false),
            rules: [rule]
        )
        #expect(plan == expected)
    }

    @Test("A parameter that is set is in the rules, and typed where it stands")
    func parameters() throws {
        let reader = FaultPlanReader()
        let (plan, diagnostics) = reader.read(
            text: Self.text,
            file: "p.yaml",
            parameters: ["namespace": "staging", "times": "3"]
        )
        #expect(diagnostics == [])
        let rule = try #require(plan?.rules.first)
        #expect(rule.id == "lose-staging")
        #expect(rule.match.namespaces == ["staging"])
        #expect(rule.numbers == NumberSet("1..3"))
        #expect(plan?.parameters.map(\.value) == ["staging", "3"])

        let wrong = reader.read(text: Self.text, file: "p.yaml", parameters: ["times": "many"]).diagnostics
        #expect(wrong.map(\.position.description) == ["p.yaml:19:17"])
        let unknown = reader.read(text: Self.text, file: "p.yaml", parameters: ["tims": "3"]).diagnostics
        #expect(unknown.map(\.message) == ["the plan has no parameter 'tims' (did you mean times?)"])
    }

    @Test("A plan needs neither name nor story")
    func bare() throws {
        let text = "rules: [{id: a, match: {method: StopPodSandbox}, fault: hang}]"
        let (plan, diagnostics) = FaultPlanReader().read(text: text, file: "p.yaml")
        #expect(diagnostics == [])
        let rule = FaultRule("a", Match(methods: ["StopPodSandbox"]), .hang(.before))
        #expect(plan == FaultPlan(rules: [rule]))
    }

    @Test("A thousand rules are read, and can all be in force")
    func thousand() throws {
        let rules = (0..<1000).map { number in
            """
            - id: r\(number)
              match: {method: [PodSandboxStatus, ContainerStatus], namespace: ns-\(number), pod: "*"}
              fault: {delay: \(number + 1)ms}
              when: {calls: "\(number + 1)"}
            """
        }
        let text = "rules:\n" + rules.joined(separator: "\n")
        let (plan, diagnostics) = FaultPlanReader().read(text: text, file: "p.yaml")
        #expect(diagnostics == [])
        var engine = RuleEngine()
        for rule in try #require(plan).rules {
            let isArmed = engine.arm(rule, at: .zero)
            #expect(isArmed)
        }
        #expect(engine.liveRules(at: .zero).count == 1000)
    }
}

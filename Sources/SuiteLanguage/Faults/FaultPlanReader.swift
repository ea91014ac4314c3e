public import CRICatalog
public import FaultModel

/// YAML to a checked plan of faults, and JSON too, which is YAML: what `crisol lint` says about a plan is what arming
/// it says.
public struct FaultPlanReader: Sendable {
    /// The keys of a plan, with one line on each.
    static let keys: [(key: String, help: String)] = [
        ("plan", "its name"), ("title", "what goes wrong, in a sentence"),
        ("story", "what happened to others, and why it hurts"),
        ("references", "where it was seen: owner/repo#123, KEP-123, kubelet: ..."),
        ("expect", "what a kubelet and a runtime do that are right"),
        ("parameters", "what --set can change: ${name} in the rules"),
        ("seed", "where all randomness starts"), ("protect", "the pods no rule touches unless it names them"),
        ("rules", "the rules, in the order they are asked in"),
    ]

    private let catalog: Catalog

    /// Creates a reader that checks plans against a catalogue.
    public init(catalog: Catalog = .cri) { self.catalog = catalog }

    /// The text of a plan's file.
    ///
    /// - Throws: `Diagnostic` when it cannot be read, is larger than 4 MiB or is no UTF-8.
    public static func text(ofFile path: String) throws(Diagnostic) -> String {
        try DocumentReader.text(ofFile: path)
    }

    /// Reads a file.
    ///
    /// - Parameter parameters: values for the plan's parameters, by name.
    /// - Returns: the plan, unless something is wrong, which is then listed.
    public func read(
        file: String,
        parameters: [String: String] = [:]
    ) -> (plan: FaultPlan?, diagnostics: [Diagnostic]) {
        do { return read(text: try DocumentReader.text(ofFile: file), file: file, parameters: parameters) } catch {
            return (nil, [error])
        }
    }

    /// Reads the text of a plan.
    ///
    /// - Parameters:
    ///   - file: how messages name it.
    ///   - parameters: values for the plan's parameters, by name.
    /// - Returns: the plan, unless something is wrong, which is then listed.
    public func read(
        text: String,
        file: String,
        parameters: [String: String] = [:]
    ) -> (plan: FaultPlan?, diagnostics: [Diagnostic]) {
        let root: Node
        do { root = try DocumentReader.read(JSONEscapes.asYAML(text), file: file) } catch { return (nil, [error]) }
        guard let entries = root.entries else {
            return (nil, [Diagnostic("a plan is a mapping with plan and rules", at: root.position)])
        }
        var reader = CaseReader(catalog: catalog, file: file)
        reader.checkKeys(entries, known: Self.keys.map(\.key), of: "a plan")
        var values = PlanParameters(root["parameters"], given: parameters, plan: root.position)
        var plan = FaultPlan(parameters: values.all)
        plan.name = root["plan"].flatMap { reader.planName($0) }
        plan.story = reader.story(root)
        plan.seed = root["seed"].flatMap { reader.seed($0) }
        plan.protection = root["protect"].flatMap { reader.protection($0) }
        if let rules = root["rules"] {
            plan.rules = reader.faultRules(values.fill(rules))
            values.checkUse()
        } else {
            reader.report("a plan needs 'rules'", at: root.position)
        }
        let diagnostics = (values.diagnostics + reader.diagnostics).deduplicated
        return (diagnostics.isEmpty ? plan : nil, diagnostics)
    }

    /// Reads one rule, as it stands in a plan's `rules`.
    ///
    /// - Parameter file: how messages name it.
    /// - Returns: the rule, unless something is wrong, which is then listed.
    public func readRule(text: String, file: String = "rule") -> (rule: FaultRule?, diagnostics: [Diagnostic]) {
        let root: Node
        do { root = try DocumentReader.read(JSONEscapes.asYAML(text), file: file) } catch { return (nil, [error]) }
        var reader = CaseReader(catalog: catalog, file: file)
        var values = PlanParameters(nil, given: [:], plan: root.position)
        let rule = reader.faultRule(values.fill(root))
        let diagnostics = (values.diagnostics + reader.diagnostics).deduplicated
        return (diagnostics.isEmpty ? rule : nil, diagnostics)
    }

    /// Whether a file is meant as a plan and not as a suite or a profile.
    static func isPlan(_ root: Node) -> Bool { root["rules"] != nil || root["plan"] != nil }
}

extension CaseReader {
    fileprivate mutating func planName(_ node: Node) -> String? {
        guard let name = plainText(node, "the name of a plan") else { return nil }
        if name.wholeMatch(of: /[a-z0-9][a-z0-9-]*/) == nil {
            report("the name of a plan is lower-case letters, digits and dashes", at: node.position)
        }
        return name
    }

    fileprivate mutating func story(_ root: Node) -> FaultPlan.Story {
        var story = FaultPlan.Story()
        story.title = root["title"].flatMap { plainText($0, "the title") } ?? ""
        story.text = root["story"].flatMap { plainText($0, "the story") } ?? ""
        story.references = root["references"].map { plainTexts($0, "references") } ?? []
        if let expect = root["expect"] {
            guard let entries = expect.entries else {
                report("expect is a mapping with kubelet, runtime or both", at: expect.position)
                return story
            }
            checkKeys(entries, known: ["kubelet", "runtime"], of: "expect")
            story.kubelet = expect["kubelet"].flatMap { plainText($0, "kubelet") }
            story.runtime = expect["runtime"].flatMap { plainText($0, "runtime") }
        }
        return story
    }

    fileprivate mutating func seed(_ node: Node) -> UInt64? {
        if let text = node.scalar, Scalar.isInteger(text), let seed = UInt64(text) { return seed }
        report("seed is a whole number from 0 to \(UInt64.max)", at: node.position)
        return nil
    }

    fileprivate mutating func protection(_ node: Node) -> Protection? {
        guard let entries = node.entries else {
            report("protect is a mapping with namespaces and static-pods", at: node.position)
            return nil
        }
        checkKeys(entries, known: ["namespaces", "static-pods"], of: "protect")
        var protection = Protection()
        if let names = node["namespaces"] {
            if names.items?.isEmpty != true {
                protection.namespaces = Set(plainTexts(names, "namespaces"))
            } else {
                protection.namespaces = []
            }
        }
        if let covers = node["static-pods"].flatMap({ flag($0, "static-pods") }) {
            protection.coversStaticPods = covers
        }
        return protection
    }

    fileprivate mutating func faultRules(_ node: Node) -> [FaultRule] {
        guard let items = node.items, !items.isEmpty else {
            report("rules is a list of at least one rule", at: node.position)
            return []
        }
        if items.count > RuleEngine.ruleLimit {
            report("a plan has up to \(RuleEngine.ruleLimit) rules, this one \(items.count)", at: node.position)
        }
        var seen: [String: SourcePosition] = [:]
        var rules: [FaultRule] = []
        for item in items {
            if let id = item["id"]?.scalar, let position = item["id"]?.position {
                if let earlier = seen[id] {
                    report("the id '\(id)' is also that of the rule at \(earlier)", at: position)
                }
                seen[id] = seen[id] ?? position
            }
            if let rule = faultRule(item) { rules.append(rule) }
        }
        return rules
    }
}

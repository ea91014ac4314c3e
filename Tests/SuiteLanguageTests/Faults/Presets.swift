import CRICatalog
import FaultModel
import Foundation
import SuiteLanguage
import Testing

/// A preset and what it does to whom.
struct PresetExpectation: Sendable, CustomTestStringConvertible {
    let name: String
    /// What happens to the calls of each method about the pod that is meant, or about the node; to no other call
    /// anything may happen.
    let calls: [String: String]
    /// What happens to connections as such, at which moment.
    var connections: [ConnectionMoment: String] = [:]
    /// Whether it happens to every pod.
    var isForAllPods = false

    var testDescription: String { name }
}

/// One preset with the parameters that a test sets.
struct Preset {
    static let values = [
        "namespace": "shop", "pod": "web-0", "container": "app", "image": "registry.example/app:1",
        "container-id": "c1",
    ]

    let plan: FaultPlan
    private let parameters: Set<String>

    init(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let text = try String(contentsOf: Self.folder.appending(path: "\(name).yaml"), encoding: .utf8)
        let reader = FaultPlanReader()
        let (standard, mistakes) = reader.read(text: text, file: "\(name).yaml")
        #expect(mistakes == [], sourceLocation: sourceLocation)
        let names = Set(try #require(standard, sourceLocation: sourceLocation).parameters.map(\.name))
        let given = Self.values.filter { names.contains($0.key) }
        let (plan, diagnostics) = reader.read(text: text, file: "\(name).yaml", parameters: given)
        #expect(diagnostics == [], sourceLocation: sourceLocation)
        self.plan = try #require(plan, sourceLocation: sourceLocation)
        parameters = names
    }

    static var folder: URL {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appending(path: "suites/faults")
    }

    /// The names of the presets there are.
    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
            .map { String($0.dropLast(5)) }.sorted()
    }

    var hasPod: Bool { parameters.contains("pod") }

    /// The engine with all rules in force.
    func engine() -> RuleEngine {
        var engine = RuleEngine(seed: plan.seed ?? 1, protection: plan.protection ?? Protection())
        for rule in plan.rules {
            let isArmed = engine.arm(rule, at: .zero)
            #expect(isArmed)
        }
        return engine
    }

    /// What happens to 60 calls about one object, one every eight seconds, in words.
    func story(of rpc: RPC, _ subject: Subject) -> String {
        var engine = engine()
        let facts = Self.facts(rpc, subject)
        let hits = (0..<60).map { number -> String in
            switch engine.decide(facts, at: .seconds(8 * number)) {
            case .act(let decisions): return decisions.map { Self.word($0.fault) }.joined(separator: "+")
            case .pass: return "off"
            case .needsRequest:
                Issue.record("the request was given")
                return "?"
            }
        }
        return Self.story(hits)
    }

    /// What happens to connections at a moment, in words: three of each of kubelet's two, or of those nobody can tell.
    func story(of moment: ConnectionMoment) -> String {
        var engine = engine()
        let kinds: [CallFacts.Connection?] = moment == .accepted ? [nil] : [.runtime, .image]
        let hits = (0..<3).flatMap { _ in
            kinds.map { engine.decide(connection: $0, moment, at: .seconds(1)).map { Self.word($0.fault) }.joined() }
        }
        return Self.story(hits.map { $0.isEmpty ? "off" : $0 })
    }

    static func facts(_ rpc: RPC, _ subject: Subject) -> CallFacts {
        var record = Record(type: rpc.request)
        for field in Catalog.cri.message(named: rpc.request)?.fields ?? [] {
            if field.name == "container_id" { record[field.jsonName] = .text("c1") }
            if field.name == "pod_sandbox_id" { record[field.jsonName] = .text("p1") }
        }
        return CallFacts(path: rpc.path, request: .message(MessageCodec().encode(record)), subject: subject)
    }

    /// What a call of this RPC about a pod says of it.
    static func subject(_ rpc: RPC, namespace: String, pod: String, container: String, image: String) -> Subject {
        let fields = Catalog.cri.message(named: rpc.request)?.fields ?? []
        let hasContainer = fields.contains { $0.name == "container_id" || $0.type == .message("ContainerConfig") }
        let hasImage = hasContainer || fields.contains { $0.type == .message("ImageSpec") }
        return Subject(
            pod: SubjectReader.canNamePod(rpc) ? PodIdentity(namespace: namespace, name: pod, uid: "\(pod)-uid") : nil,
            container: hasContainer ? container : nil,
            image: hasImage ? image : nil
        )
    }

    private static func story(_ hits: [String]) -> String {
        var runs: [(word: String, count: Int)] = []
        for hit in hits {
            if runs.last?.word == hit { runs[runs.count - 1].count += 1 } else { runs.append((hit, 1)) }
        }
        if runs.count == 1, let run = runs.first { return run.word == "off" ? "never" : "\(run.word) always" }
        if runs.count > 6 {
            let words = Set(hits).subtracting(["off"]).sorted()
            return words.joined(separator: ", ") + " now and then"
        }
        if runs.last?.word == "off" { runs.removeLast() }
        return runs.map { $0.count == 1 ? $0.word : "\($0.word) x\($0.count)" }.joined(separator: ", ")
    }

    /// A fault with what tells it from others of its kind.
    private static func word(_ fault: Fault) -> String {
        switch fault {
        case .error(let status), .code(let status): "\(fault.name) \(status.code)"
        case .loseResponse(.status(let status)): "\(fault.name) \(status.code)"
        case .loseResponse(.atDeadline): "\(fault.name) at deadline"
        case .loseResponse(.reset(let code)): "\(fault.name) \(code)"
        case .hang(let side): side == .before ? "hang" : "hang after"
        case .cancel(let cancel): cancel.client == .hang ? "cancel unseen" : "cancel"
        case .reset(let reset): "reset \(reset.code)"
        case .stream(let stream): "stream \(Self.word(stream.effect))"
        case .bytes(let bytes): "bytes \(bytes.effect)"
        case .mutate(let mutate): "mutate \(mutate.direction)"
        default: fault.name
        }
    }

    private static func word(_ effect: StreamFault.Effect) -> String {
        switch effect {
        case .swallow: "swallow"
        case .hold: "hold"
        case .reorder: "reorder"
        case .repeat: "repeat"
        case .endEarly: "end-early"
        case .mutate: "mutate"
        }
    }
}

import AgentProtocol
import CRICatalog
import HostProbe

/// The typed tables of the agent's answers and of the looks at the node, as shapes.
enum ForeignShapes {
    /// The agent's questions, in the order of its own table.
    static let agentQuestions: [String] = AgentCommands.questions.map(\.name)
    /// The looks at the node.
    static let hostLooks: [String] = HostObservation.looks.map(\.name)
    /// The words of `requires: host:`.
    static let hostWords: [String] = NodeFacts.hostWords

    static func agentAnswer(_ question: String) -> Shape? {
        AgentCommands.questions.first { $0.name == question }.map { found in
            .result("the agent's answer to \(question)", fields(found.fields), itself: nil)
        }
    }

    static func hostLook(_ name: String) -> Shape? {
        HostObservation.looks.first { $0.name == name }.map { found in
            found.isOpen ? .anything : .result("the look at \(name)", fields(found.fields), itself: nil)
        }
    }

    private static func fields(_ fields: [AgentAnswerField]) -> [String: Shape] {
        Dictionary(fields.map { ($0.name, shape($0.kind)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func fields(_ fields: [ObservationField]) -> [String: Shape] {
        Dictionary(fields.map { ($0.name, shape($0.kind)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func shape(_ kind: AgentAnswerField.Kind) -> Shape {
        switch kind {
        case .text: .text
        case .integer: .integer(nil)
        case .size: .integer(.bytes)
        case .bool: .bool
        case .list(let item): .list(shape(item))
        case .map(let item): .map(shape(item))
        case .record(let inner): .result("an answer's part", fields(inner), itself: nil)
        }
    }

    private static func shape(_ kind: ObservationKind) -> Shape {
        switch kind {
        case .text: .text
        case .integer: .integer(nil)
        case .size: .integer(.bytes)
        case .bool: .bool
        case .list(let item): .list(shape(item))
        case .map(let item): .map(shape(item))
        case .record(let inner): .result("an observation's part", fields(inner), itself: nil)
        case .bytes: .bytes
        }
    }
}

import CRICatalog
import Streaming
import SuiteLanguage
import Synchronization

/// What a stream came to, and what it received so far: read by expectations, also while it goes on.
final class StreamReport: Sendable {
    /// How it ended, in the words suites use.
    enum Outcome: String, Sendable {
        /// The command ended, or every connection of a port-forward did.
        case ended
        /// The error channel told of something that is no exit status.
        case failed
        /// The error channel ended without a word although the protocol demands one.
        case silent
        /// The error channel said what nobody can read.
        case malformed
        /// The server did not switch protocols.
        case refused
        /// The connection broke.
        case broken
        /// The case dropped the connection.
        case dropped
        /// It goes on.
        case open
    }

    private struct State {
        var outcome = Outcome.open
        var error = ""
        var exitCode: Int?
        var chosen = ""
        var upgradeStatus = 0
        var connections: [String: [Connection]] = [:]
    }

    /// One connection of a port-forward.
    struct Connection: Sendable {
        let received: ReceivedBytes
        /// What the runtime says went wrong with it.
        let error: ReceivedBytes
    }

    let stdout = ReceivedBytes()
    let stderr = ReceivedBytes()
    private let state = Mutex(State())

    func negotiated(_ negotiation: StreamNegotiation) {
        state.withLock { state in
            state.chosen = negotiation.chosen ?? ""
            state.upgradeStatus = negotiation.status
        }
    }

    func ended(_ outcome: Outcome, error: String = "", exitCode: Int? = nil) {
        state.withLock { state in
            // What the case did itself is how it ended, whatever broke by it.
            if state.outcome == .dropped { return }
            state.outcome = outcome
            state.error = error
            state.exitCode = exitCode
        }
    }

    func refused(_ error: StreamingError) {
        state.withLock { state in
            if state.outcome == .dropped { return }
            state.outcome = error.refusal == nil ? .broken : .refused
            state.error = error.message
            if let refusal = error.refusal { state.upgradeStatus = refusal.status }
        }
    }

    func add(_ connection: Connection, named name: String) {
        state.withLock { $0.connections[name, default: []].append(connection) }
    }

    func connections(named name: String) -> [Connection] { state.withLock { $0.connections[name] ?? [] } }

    /// The parts of a result that the stream adds to those of its call.
    func fields(isForward: Bool) -> [String: Value] {
        let state = state.withLock { $0 }
        var fields: [String: Value] = [
            "outcome": .text(state.outcome.rawValue), "error": .text(state.error), "protocol": .text(state.chosen),
            "upgrade-status": .integer(Int128(state.upgradeStatus)),
        ]
        if isForward {
            let connections = state.connections.mapValues { all -> Value in
                let values = all.map { Value.record(Self.record(of: $0)) }
                return values.count == 1 ? values[0] : .list(values)
            }
            fields["connections"] = .record(Record(type: "connections", fields: connections))
        } else {
            fields.merge(Self.parts("stdout", stdout)) { _, new in new }
            fields.merge(Self.parts("stderr", stderr)) { _, new in new }
            if let code = state.exitCode { fields["exit-code"] = .integer(Int128(code)) }
        }
        return fields
    }

    private static func record(of connection: Connection) -> Record {
        var fields = parts("received", connection.received)
        fields["error"] = .text(connection.error.text)
        return Record(type: "connection", fields: fields)
    }

    private static func parts(_ name: String, _ received: ReceivedBytes) -> [String: Value] {
        var fields: [String: Value] = [
            "\(name)-size": .integer(Int128(received.count)), "\(name)-sha256": .text(received.sha256),
        ]
        if let bytes = received.bytes { fields[name] = .bytes(bytes) }
        return fields
    }
}

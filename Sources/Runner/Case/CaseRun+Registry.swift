import CRICatalog
import SuiteLanguage
import TestImages

/// How repositories of the run's own registry answer, and what they were asked.
extension CaseRun {
    func registry(_ step: RegistryStep) throws -> Value {
        guard let repository = images[step.image] else {
            throw StepProblem.harness("the image \(step.image) was never served")
        }
        if let behaviour = step.behaviour {
            context.registry.behave(try registryBehaviour(behaviour), repository: repository)
        }
        let requests = context.registry.requests(repository: repository).map { request in
            var fields: [String: Value] = [
                "kind": .text(request.kind.rawValue), "method": .text(request.method), "path": .text(request.path),
                "state": .text(request.state.rawValue), "bytes-sent": .integer(Int128(request.bytesSent)),
                "authorization": .text(request.authorization?.rawValue ?? ""), "range": .text(request.range ?? ""),
            ]
            fields["status"] = .integer(Int128(request.status ?? 0))
            return Value.record(Record(type: "registry request", fields: fields))
        }
        let open = context.registry.openConnections(repository: repository)
        return .record(
            Record(
                type: "registry",
                fields: ["requests": .list(requests), "open-connections": .integer(Int128(open))]
            )
        )
    }

    /// The behaviour with the credentials it accepts looked up.
    func registryBehaviour(_ behaviour: RepositoryBehaviour) throws -> RegistryBehaviour {
        var result = behaviour.behaviour
        guard let scheme = behaviour.scheme, let template = behaviour.accepted else { return result }
        let config = try value(template, "accept").record
        var accepted: Set<RegistryCredential> = []
        func text(_ name: String) -> String? {
            guard let text = config?[name]?.text, !text.isEmpty else { return nil }
            return text
        }
        if let name = text("username"), let password = text("password") {
            accepted.insert(.password(username: name, password: password))
        }
        if let token = text("identityToken") { accepted.insert(.identityToken(token)) }
        if let token = text("registryToken") { accepted.insert(.registryToken(token)) }
        result.authentication = RegistryAuthentication(
            scheme,
            accepted: accepted,
            allowsAnonymous: behaviour.allowsAnonymous
        )
        return result
    }
}

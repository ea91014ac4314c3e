internal import CRICatalog
internal import FaultModel
internal import Foundation
internal import NIOHTTP1

/// What one request to the control socket is answered with.
struct ControlAnswer: Sendable {
    var status: HTTPResponseStatus
    var type = "application/json"
    var body: [UInt8]

    init(_ status: HTTPResponseStatus = .ok, _ value: some Encodable) {
        self.status = status
        body = ControlMessages.encode(value)
    }

    init(text: String) {
        status = .ok
        type = "text/plain; version=0.0.4; charset=utf-8"
        body = Array(text.utf8)
    }

    init(_ status: HTTPResponseStatus, errors: [String]) { self.init(status, ControlMessages.Failure(errors: errors)) }

    init(_ problem: PlanProblem) {
        self.init(problem.kind == .wrong ? .unprocessableEntity : .conflict, errors: problem.lines)
    }
}

/// Decides what requests do; no I/O but the plan's own.
struct ControlRouter: Sendable {
    /// The version of this API: it rises when something that was there changes its meaning.
    static let version = 1

    /// One request.
    struct Request: Sendable {
        /// As HTTP writes it: GET.
        var method: String
        /// As it stands in the request line.
        var target: String
        var body: [UInt8]
    }

    let service: ControlService
    /// Whether only metrics are given: for a port that more than root can reach.
    var isOnlyMetrics = false

    func answer(_ request: Request) -> ControlAnswer {
        let path = request.target.prefix { $0 != "?" && $0 != "#" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        let routes: [String: () -> ControlAnswer]
        switch parts {
        case ["metrics"]: routes = ["GET": { ControlAnswer(text: service.metrics()) }]
        case _ where isOnlyMetrics: return notFound(path)
        case ["version"]:
            routes = [
                "GET": {
                    ControlAnswer(.ok, ControlMessages.Version(version: service.program, api: Self.version))
                }
            ]
        case ["status"]: routes = ["GET": { ControlAnswer(.ok, service.status()) }]
        case ["rules"]: routes = ["GET": rules, "POST": { arm(request.body, request.target) }]
        case let parts where parts.count == 2 && parts[0] == "rules":
            routes = ["DELETE": { disarm(parts[1].removingPercentEncoding ?? parts[1]) }]
        case ["explain"]: routes = ["POST": { explain(request.body) }]
        case ["kill"]: routes = ["POST": kill]
        case ["reload"]: routes = ["POST": reload]
        default: return notFound(path)
        }
        if let route = routes[request.method] { return route() }
        let allowed = routes.keys.sorted().joined(separator: ", ")
        return ControlAnswer(.methodNotAllowed, errors: ["\(path) takes \(allowed), not \(request.method.prefix(40))"])
    }

    private func notFound(_ path: some StringProtocol) -> ControlAnswer {
        let known = isOnlyMetrics ? "/metrics" : "/version /status /rules /rules/ID /explain /kill /reload /metrics"
        return ControlAnswer(.notFound, errors: ["there is no \(path.prefix(200)) here: \(known)"])
    }

    // MARK: - Rules

    private func rules() -> ControlAnswer {
        ControlAnswer(.ok, ControlMessages.Rules(rules: service.board.control.rules.map(ControlMessages.Rule.init)))
    }

    /// `POST /rules?name=FILE&set=NAME%3DVALUE` with the text of a plan or a rule.
    private func arm(_ body: [UInt8], _ target: String) -> ControlAnswer {
        guard let text = String(validating: body, as: UTF8.self) else {
            return ControlAnswer(.badRequest, errors: ["the rules are not in UTF-8"])
        }
        var rules = RuleText(text)
        for item in URLComponents(string: target)?.queryItems ?? [] {
            let value = item.value ?? ""
            switch item.name {
            case "name": rules.name = String(value.prefix(1000))
            case "set":
                guard let sign = value.firstIndex(of: "="), sign != value.startIndex else {
                    return ControlAnswer(.badRequest, errors: ["'set' is NAME=VALUE, not '\(value.prefix(200))'"])
                }
                rules.parameters[String(value[..<sign])] = String(value[value.index(after: sign)...])
            default:
                return ControlAnswer(
                    .badRequest,
                    errors: ["/rules takes 'name' and 'set', not '\(item.name.prefix(200))'"]
                )
            }
        }
        do {
            let reading = try service.board.arm(rules)
            return ControlAnswer(.ok, ControlMessages.Change(armed: reading.rules.map(\.id), notes: reading.notes))
        } catch {
            return ControlAnswer(error)
        }
    }

    private func disarm(_ id: String) -> ControlAnswer {
        let known = service.board.control.rules.map(\.rule.id)
        guard service.board.disarm(id) else {
            let hint = Spelling.suggestion(for: id, among: known)
            return ControlAnswer(.notFound, errors: ["there is no rule '\(id.prefix(200))'\(hint)"])
        }
        return ControlAnswer(.ok, ControlMessages.Change(disarmed: [id]))
    }

    private func kill() -> ControlAnswer {
        let live = service.board.control.reports.filter(\.isLive).map(\.rule)
        service.board.kill(by: "the control socket")
        return ControlAnswer(.ok, ControlMessages.Change(disarmed: live))
    }

    private func reload() -> ControlAnswer {
        do {
            let change = try service.board.reload()
            return ControlAnswer(
                .ok,
                ControlMessages.Change(armed: change.armed, kept: change.kept, disarmed: change.disarmed)
            )
        } catch {
            return ControlAnswer(error)
        }
    }

    // MARK: - Explaining

    private func explain(_ body: [UInt8]) -> ControlAnswer {
        do {
            let call = try ExplainedCall(body)
            return ControlAnswer(.ok, call.explain(by: service.board.control))
        } catch {
            return ControlAnswer(.badRequest, errors: [error.description])
        }
    }
}

extension ControlMessages.Rule {
    init(_ rule: FaultRule, _ report: RuleReport) {
        let remaining = report.remaining.seconds
        self.init(
            id: rule.id,
            action: rule.action.summary,
            methods: rule.match.methods.map(\.description),
            live: report.isLive,
            dryRun: report.isDryRun,
            remainingSeconds: (remaining * 1000).rounded() / 1000,
            ends: report.isLive ? ControlMessages.text(Date(timeIntervalSinceNow: remaining)) : "ended",
            matched: report.matched,
            acted: report.acted,
            inFlight: report.inFlight,
            refused: report.refusals
        )
    }
}

extension Duration {
    /// In seconds.
    var seconds: Double {
        let parts = components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}

import NIOHTTP1

/// What becomes of a request: decided without a socket, done by the connection's handler.
enum RegistryDecision: Sendable {
    /// Nothing is answered until the behaviour changes.
    case hold(RegistryRequest.Kind)
    /// This is answered.
    case answer(RegistryAnswer)
}

extension Repository {
    /// What a path asks for.
    func kind(of path: RegistryPath) -> RegistryRequest.Kind {
        switch path {
        case .manifest: .manifest
        case .blob: content(path)?.kind ?? .blob
        case .tags: .tags
        case .token: .token
        case .base, .other: .other
        }
    }

    /// What is answered, or not, whoever asks; `nil`: nothing of the sort. Takes its turn in it.
    mutating func fault(_ kind: RegistryRequest.Kind) -> RegistryDecision? {
        if let stall = behaviour.stall, stall.point == .beforeHead, stall.target.covers(kind),
            turns.take(\.stalled, of: stall.times)
        {
            return .hold(kind)
        }
        if let fault = behaviour.answer, fault.target.covers(kind), turns.take(\.answered, of: fault.times) {
            return .answer(.fault(fault, kind))
        }
        return nil
    }

    /// Answers a request that may have what it asks for, and takes its turn in what acts only so many times.
    mutating func answer(_ query: RegistryQuery, _ kind: RegistryRequest.Kind) -> RegistryAnswer {
        if let found = content(query.path), behaviour.missing?.covers(kind) != true { return serve(found, query) }
        return withoutContent(query.path, kind)
    }

    /// How the sending of content goes, decided when it begins and again when the behaviour changes.
    ///
    /// - Parameter count: The bytes of the body.
    mutating func plan(for kind: RegistryRequest.Kind, count: Int) -> TransmissionPlan {
        var plan = TransmissionPlan()
        guard count > 0 else { return plan }
        if let cut = behaviour.cut, cut.target.covers(kind), turns.take(\.cut, of: cut.times) {
            plan.cutAfter = cut.after
        }
        if let stall = behaviour.stall, case .afterBytes(let bytes) = stall.point, stall.target.covers(kind),
            turns.take(\.stalled, of: stall.times)
        {
            plan.stallAfter = bytes
        }
        if let slow = behaviour.slow, slow.target.covers(kind) { plan.rate = max(1, slow.rate) }
        return plan
    }

    private mutating func serve(_ found: Content, _ query: RegistryQuery) -> RegistryAnswer {
        if let redirect = behaviour.redirect, redirect.target.covers(found.kind),
            redirect.loops || !query.isRedirected, turns.take(\.redirected, of: redirect.times)
        {
            return .redirect(to: query.redirectedPath, found.kind)
        }
        var answer = RegistryAnswer.content(
            found,
            corrupt: behaviour.corrupt?.covers(found.kind) ?? false,
            range: query.range
        )
        if query.method == .GET { answer.plan = plan(for: found.kind, count: answer.body.count) }
        return answer
    }

    private func withoutContent(_ path: RegistryPath, _ kind: RegistryRequest.Kind) -> RegistryAnswer {
        switch path {
        case .manifest(_, let reference): .error(.notFound, .manifestUnknown, "manifest \(reference) is unknown", kind)
        case .blob(_, let digest): .error(.notFound, .blobUnknown, "blob \(digest) is unknown", kind)
        case .tags(let name):
            .json(
                .ok,
                "{\"name\":\"\(name)\",\"tags\":[\(tagNames.map { "\"\($0)\"" }.joined(separator: ","))]}",
                kind
            )
        case .base, .token, .other: .error(.notFound, .unsupported, "no such endpoint", kind)
        }
    }
}

extension RegistryAnswer {
    /// The status a behaviour asks for.
    fileprivate static func fault(
        _ fault: RegistryBehaviour.Answer,
        _ kind: RegistryRequest.Kind
    ) -> RegistryAnswer {
        let code: ErrorCode =
            switch fault.effectiveStatus {
            case 401: .unauthorized
            case 403: .denied
            case 404: kind == .manifest ? .manifestUnknown : .blobUnknown
            case 429: .tooManyRequests
            default: .unavailable
            }
        var answer = error(
            HTTPResponseStatus(statusCode: fault.effectiveStatus),
            code,
            "this repository was told to answer so",
            kind
        )
        if let seconds = fault.retryAfterSeconds { answer.headers.add(name: "retry-after", value: "\(seconds)") }
        return answer
    }
}

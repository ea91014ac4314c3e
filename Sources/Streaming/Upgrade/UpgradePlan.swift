internal import NIOCore

/// What is asked of a streaming server: the request, and what its answer means. Pure.
struct UpgradePlan: Sendable {
    /// How the connection will be used.
    enum Kind: Sendable {
        case spdy
        case webSocket(WebSocketKey)
    }

    /// What an answer means.
    enum Verdict: Sendable, Hashable {
        /// The connection speaks the new protocol from here on.
        case accepted(StreamNegotiation)
        case notOffered(StreamNegotiation)
    }

    let address: StreamAddress
    let kind: Kind
    /// The sub-protocols, best first.
    let offered: [String]
    /// Which of them will do; `nil` among them means that the server may name none.
    let wanted: Set<String?>

    private static let protocolVersion = "X-Stream-Protocol-Version"
    private static let acceptedVersions = "X-Accepted-Stream-Protocol-Versions"

    /// What ends `Upgrade` and its answer.
    var upgrade: String {
        switch kind {
        case .spdy: "SPDY/3.1"
        case .webSocket: "websocket"
        }
    }

    /// The request, as kubectl makes it: POST for SPDY, GET for a WebSocket.
    var request: ByteBuffer {
        var lines: [String]
        switch kind {
        case .spdy:
            lines = ["POST \(address.requestTarget) HTTP/1.1"]
            lines += offered.map { "\(Self.protocolVersion): \($0)" }
            lines.append("Content-Length: 0")
        case .webSocket(let key):
            lines = ["GET \(address.requestTarget) HTTP/1.1", "Sec-WebSocket-Version: 13"]
            lines.append("Sec-WebSocket-Key: \(key.text)")
            if !offered.isEmpty { lines.append("Sec-WebSocket-Protocol: \(offered.joined(separator: ", "))") }
        }
        lines.insert("Host: \(address.authority)", at: 1)
        lines += ["Connection: Upgrade", "Upgrade: \(upgrade)", "User-Agent: crisol", "", ""]
        return ByteBuffer(string: lines.joined(separator: "\r\n"))
    }

    /// What an answer means.
    ///
    /// - Throws: ``StreamingError/Code/upgradeRefused`` for any status but 101, unless the server says that the offered
    ///   sub-protocols are what it refuses; ``StreamingError/Code/upgradeMalformed`` for a 101 to something else.
    func judge(_ response: UpgradeResponse, tls: TLSFacts?) throws(StreamingError) -> Verdict {
        guard response.status == 101 else {
            let acceptable = response.values(Self.acceptedVersions)
                .flatMap { $0.split(separator: ",") }.map { HTTPHeader.trimmed($0) }
            // Kubernetes' SPDY servers answer 403 and list what they would take.
            if response.status == 403, !acceptable.isEmpty {
                return .notOffered(negotiation(response, chosen: nil, acceptable: acceptable, tls))
            }
            throw refusal(response)
        }
        try check(response)
        let chosen = try chosen(response)
        let negotiation = negotiation(response, chosen: chosen, acceptable: [], tls)
        return wanted.contains(chosen) ? .accepted(negotiation) : .notOffered(negotiation)
    }

    private func negotiation(
        _ response: UpgradeResponse,
        chosen: String?,
        acceptable: [String],
        _ tls: TLSFacts?
    ) -> StreamNegotiation {
        StreamNegotiation(
            upgrade: upgrade,
            offered: offered,
            chosen: chosen,
            // A server may say anything there, what it was asked with included.
            acceptable: acceptable.map { address.redact($0) },
            status: response.status,
            address: address,
            tls: tls
        )
    }

    /// Whether a 101 is the answer to this request.
    private func check(_ response: UpgradeResponse) throws(StreamingError) {
        guard response.lists("upgrade", in: "Connection"), response.lists(upgrade, in: "Upgrade") else {
            throw malformed("does not name \(upgrade)")
        }
        guard case .webSocket(let key) = kind else { return }
        guard response.values("Sec-WebSocket-Accept") == [key.accept] else {
            throw malformed("does not prove that it read the request (Sec-WebSocket-Accept)")
        }
        guard response.values("Sec-WebSocket-Extensions").allSatisfy(\.isEmpty) else {
            throw malformed("turns on a WebSocket extension that was not offered")
        }
    }

    private func chosen(_ response: UpgradeResponse) throws(StreamingError) -> String? {
        let header =
            switch kind {
            case .spdy: Self.protocolVersion
            case .webSocket: "Sec-WebSocket-Protocol"
            }
        let values = response.values(header)
        guard values.count <= 1 else { throw malformed("chooses several sub-protocols") }
        guard let value = values.first, !value.isEmpty else { return nil }
        guard offered.contains(value) else { throw malformed("chooses '\(value)', which was not offered") }
        return value
    }

    private func malformed(_ what: String) -> StreamingError {
        StreamingError(.upgradeMalformed, address.redact("the server's 101 \(what)"))
    }

    private func refusal(_ response: UpgradeResponse) -> StreamingError {
        let body = address.redact(String(decoding: response.body, as: UTF8.self))
        let refusal = UpgradeRefusal(
            status: response.status,
            reason: address.redact(response.reason),
            headers: response.headers.map { HTTPHeader(address.redact($0.name), address.redact($0.value)) },
            body: body,
            isBodyCut: response.isBodyCut
        )
        let excerpt = body.prefix { $0 != "\n" && $0 != "\r\n" }.prefix(200)
        let text = "\(address) refused the upgrade to \(upgrade): \(refusal.status) \(refusal.reason)"
        return StreamingError(.upgradeRefused, excerpt.isEmpty ? text : "\(text): \(excerpt)", refusal: refusal)
    }
}

internal import NIOCore

/// A whole streaming connection from the first byte of the server's answer: the upgrade, then a carrier. Pure.
struct ConnectionMachine {
    /// What a server's bytes mean at this point.
    enum Event {
        /// The upgrade is decided. After a ``UpgradePlan/Verdict/notOffered(_:)`` nothing follows.
        case upgrade(UpgradePlan.Verdict)
        case carrier(CarrierEvent)
    }

    /// Makes what speaks once the server has agreed, by the sub-protocol it chose.
    typealias CarrierMaker = @Sendable (String?) throws(StreamingError) -> any Carrier

    private let plan: UpgradePlan
    private let makeCarrier: CarrierMaker
    private var parser: UpgradeResponseParser?
    /// What speaks once the server has agreed.
    private(set) var carrier: (any Carrier)?

    init(_ plan: UpgradePlan, limits: StreamingLimits, makeCarrier: @escaping CarrierMaker) {
        self.plan = plan
        self.makeCarrier = makeCarrier
        parser = UpgradeResponseParser(limits: limits)
    }

    /// Takes bytes that came from the server.
    mutating func append(_ bytes: ByteBuffer) {
        parser?.append(bytes)
        carrier?.append(bytes)
    }

    /// What the bytes mean, one thing at a time; `nil` when more must come first.
    ///
    /// - Parameter tls: what TLS has shown, asked for when the upgrade is decided.
    mutating func next(tls: () -> TLSFacts?) throws(StreamingError) -> Event? {
        do throws(StreamingError) {
            guard parser != nil else { return try carrier?.next().map { redacted($0) } }
            guard let response = try parser?.next() else { return nil }
            return try decide(response, tls: tls())
        } catch {
            // It may quote what the server said, and the server may quote the request.
            throw error.redacted(plan.address)
        }
    }

    private func redacted(_ event: CarrierEvent) -> Event {
        guard case .farewell(.webSocketClose(let code, let reason), let isLast) = event else { return .carrier(event) }
        return .carrier(.farewell(.webSocketClose(code: code, reason: plan.address.redact(reason)), isLast: isLast))
    }

    /// The server has closed the connection, or the time for its answer is over.
    ///
    /// - Parameter reason: what to say when it has not answered.
    /// - Returns: a verdict that was still open, when there was enough for one.
    mutating func endUpgrade(_ reason: StreamingError?, tls: TLSFacts?) throws(StreamingError) -> Event? {
        guard var parser else { return nil }
        guard let response = parser.unfinished(isEnd: reason == nil) else {
            throw reason ?? StreamingError(.connectionLost, parser.emptyReason)
        }
        return try decide(response, tls: tls)
    }

    private mutating func decide(_ response: UpgradeResponse, tls: TLSFacts?) throws(StreamingError) -> Event {
        let verdict = try plan.judge(response, tls: tls)
        let leftover = parser?.leftover
        parser = nil
        if case .accepted(let negotiation) = verdict {
            var carrier = try makeCarrier(negotiation.chosen)
            if let leftover, leftover.readableBytes > 0 { carrier.append(leftover) }
            self.carrier = carrier
        }
        return .upgrade(verdict)
    }

    /// Has the carrier make the bytes of something to send.
    mutating func send(
        _ make: (inout any Carrier) throws(StreamingError) -> ByteBuffer
    ) throws(StreamingError) -> ByteBuffer {
        guard var carrier else { throw StreamingError(.closed, "the connection has not been upgraded") }
        // Taken out while it changes, so that it is changed in place.
        self.carrier = nil
        defer { self.carrier = carrier }
        return try make(&carrier)
    }
}

/// Which of the client's PINGs the runtime may be shown (relay-contract 3).
///
/// grpc-go's client pings whenever it receives DATA; its server takes a PING for abuse when it has sent neither
/// HEADERS nor DATA since the last one, and closes the connection at the third. A PING provoked by DATA that the relay
/// made up, held back or cut anew is therefore answered here, unless the runtime owes the client one.
struct PingLedger: Equatable {
    /// Of more frames than this no account is kept.
    private static let limit = 1 << 20

    private var hasRuntimeSpoken = false
    /// How many PINGs may still come that the relay has provoked: one for each DATA frame, at most.
    private var provoked = 0

    /// The runtime sent HEADERS or DATA.
    mutating func runtimeSpoke() { hasRuntimeSpoken = true }

    /// The client was sent a DATA frame that the runtime had not just sent.
    mutating func interfered() { provoked = min(provoked + 1, Self.limit) }

    /// Takes note of a PING of the client. Returns whether the relay is to answer it itself.
    mutating func takePing() -> Bool {
        guard !hasRuntimeSpoken, provoked > 0 else {
            hasRuntimeSpoken = false
            return false
        }
        provoked -= 1
        return true
    }
}

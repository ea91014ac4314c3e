/// Which of the client's PINGs the runtime may be shown (relay-contract 3).
///
/// grpc-go's client pings whenever it receives DATA; its server takes a PING for abuse when it has sent neither
/// HEADERS nor DATA since the last one, and closes the connection at the third. A PING provoked by DATA that the relay
/// made up, held back or cut anew is therefore answered here, unless the runtime owes the client one.
struct PingLedger: Equatable {
    private var hasRuntimeSpoken = false
    private var hasInterfered = false

    /// The runtime sent HEADERS or DATA.
    mutating func runtimeSpoke() { hasRuntimeSpoken = true }

    /// The client was sent DATA that the runtime had not just sent.
    mutating func interfered() { hasInterfered = true }

    /// Takes note of a PING of the client. Returns whether the relay is to answer it itself.
    mutating func takePing() -> Bool {
        if hasInterfered, !hasRuntimeSpoken { return true }
        hasInterfered = false
        hasRuntimeSpoken = false
        return false
    }
}

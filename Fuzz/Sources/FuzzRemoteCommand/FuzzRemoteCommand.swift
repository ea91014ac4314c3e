internal import CFuzzer
internal import FuzzSupport
internal import NIOCore

@testable internal import Streaming

/// Everything a server sends in an exec, from the first byte of its answer: over SPDY, over WebSocket v5, and as
/// port-forward over WebSocket; mode 3 reads the input as a URL, mode 4 as an error channel.
///
/// However the bytes are cut, they must mean the same; what is kept stays within its limits; no error shows the token.
private func run(_ input: FuzzInput) {
    switch input.mode % 5 {
    case 3: readAddress(String(decoding: input.bytes, as: UTF8.self))
    case 4:
        for version in RemoteCommandVersion.allCases { _ = RemoteCommandStatus(input.bytes, version: version).exitCode }
    default:
        let (one, another) = (outcome(input.mode % 5, input.whole), outcome(input.mode % 5, input.cut))
        require(one == another, "the cut changes what the bytes mean:\n\(one)\n\(another)")
        // The other one says the same.
        require(!showsToken(one.verdict.map { "\($0)" } ?? ""), "a verdict shows the token")
    }
}

private func readAddress(_ url: String) {
    guard let address = try? StreamAddress(url) else { return }
    require(
        !address.host.isEmpty && (1...65_535).contains(address.port) && address.requestTarget.hasPrefix("/"),
        "an address is not what it should be"
    )
    require(!address.requestTarget.utf8.contains { $0 <= 0x20 || $0 >= 0x7f }, "an address is not what it should be")
    // What stands before the path is not secret, and may hold the same letters.
    let start = "\(address.isSecure ? "https" : "http")://\(address.authority)"
    require(address.description.hasPrefix(start), "an address is not what it should be")
    let folder = address.requestTarget.prefix { $0 != "?" }.dropLast(address.token.count)
    let shown = address.description.dropFirst(start.count)
    require(shown == folder + (address.token.isEmpty ? "" : "<token>"), "an address shows more than it should")
}

/// What an exec would have seen.
private struct Outcome: Equatable {
    var verdict: UpgradePlan.Verdict?
    var stdout: [UInt8] = []
    var status: RemoteCommandStatus?
    var error: StreamingError.Code?
}

private let limits = {
    var limits = StreamingLimits()
    (limits.upgradeHead, limits.refusalBody, limits.errorChannel) = (512, 32, 256)
    (limits.controlFrame, limits.headerBlock, limits.webSocketFrame) = (1_024, 1_024, 1_024)
    return limits
}()

/// Read once: addresses have a mode of their own.
private let address = Result { () throws(StreamingError) in try StreamAddress("http://127.0.0.1:1/exec/T0k3n") }

private func showsToken(_ text: String) -> Bool {
    var rest = Substring(text).utf8
    while let start = rest.firstIndex(of: UInt8(ascii: "T")) {
        rest = rest[start...]
        if rest.starts(with: "T0k3n".utf8) { return true }
        rest = rest.dropFirst()
    }
    return false
}

private func machine(_ mode: UInt8) throws(StreamingError) -> ConnectionMachine {
    let plan = UpgradePlan(
        address: try address.get(),
        kind: mode == 0 ? .spdy : .webSocket(WebSocketKey(text: "dGhlIHNhbXBsZSBub25jZQ==")),
        offered: ["v5.channel.k8s.io", "v4.channel.k8s.io"],
        wanted: [nil, "v5.channel.k8s.io", "v4.channel.k8s.io"]
    )
    return ConnectionMachine(plan, limits: limits) { (chosen) throws(StreamingError) in
        switch mode {
        case 0:
            var session = try SPDYSession(limits: limits)
            for type in ["error", "stdin", "stdout"] { _ = try session.open([SPDYHeader("streamtype", type)]) }
            return session
        case 1: return WebSocketSession(.remoteCommand(hasClose: chosen == "v5.channel.k8s.io"), limits: limits)
        default: return WebSocketSession(.portForward([80]), limits: limits)
        }
    }
}

private func outcome(_ mode: UInt8, _ pieces: [ByteBuffer]) -> Outcome {
    let errors = ErrorChannel(limit: limits.errorChannel, completion: .end)
    let errorKey = StreamKey([1, 3, 1][Int(mode)])
    let stdoutKey = StreamKey([5, 1, 0][Int(mode)])
    var outcome = Outcome()
    do throws(StreamingError) {
        var machine = try machine(mode)
        for piece in pieces {
            machine.append(piece)
            while let event = try machine.next(tls: { nil }) {
                switch event {
                case .upgrade(let verdict): outcome.verdict = verdict
                case .carrier(.data(errorKey, let bytes, let endsMessage)):
                    try errors.received(bytes, endsMessage: endsMessage)
                case .carrier(.data(stdoutKey, let bytes, _)): outcome.stdout += bytes.readableBytesView
                case .carrier: break
                }
            }
        }
        if case .upgrade(let verdict) = try machine.endUpgrade(nil, tls: nil) { outcome.verdict = verdict }
        if machine.carrier?.danglingReason == nil {
            outcome.status = RemoteCommandStatus(errors.received, version: .v4)
        }
    } catch {
        outcome.error = error.code
        require(!showsToken("\(error) \(String(describing: error.refusal))"), "an error shows the token")
        require((error.refusal?.body.utf8.count ?? 0) <= 3 * limits.refusalBody + 64, "a bound is broken")
    }
    require(errors.received.count <= limits.errorChannel, "an error channel grew beyond its limit")
    return outcome
}

/// The program's entry, under the name that SwiftPM gives it: libFuzzer's driver takes over.
@c(FuzzRemoteCommand_main) public func main(
    _ count: Int32,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
    var (count, arguments) = (count, arguments)
    return LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        run(FuzzInput(data, size))
        return 0
    }
}

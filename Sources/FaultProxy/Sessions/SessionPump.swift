internal import FaultModel
internal import Glibc
internal import NIOCore

/// Moves the bytes of one connection of a session, both ways.
actor SessionPump {
    private var meter: SessionMeter
    private let gate: SessionGate
    /// By direction, the channel it leads to.
    private var targets: [Direction: any Channel] = [:]
    private var ended: Set<Direction> = []
    private var latest = ContinuousClock.now
    private var closing: Task<Void, Never>?

    /// Once a direction has ended, the other one may be silent for so long. A client that is gone and one that only has
    /// nothing more to say look alike, and there are runtimes that never close a session whose client has: containerd
    /// 1.6 now and then.
    private static let silence = Duration.seconds(10)

    init(_ meter: SessionMeter, _ gate: SessionGate) {
        self.meter = meter
        self.gate = gate
    }

    /// Both ends are there.
    func connect(_ client: any Channel, _ runtime: any Channel) { targets = [.request: runtime, .response: client] }

    /// Moves one direction to its end, and lets the receiver know of that.
    func run(_ bytes: NIOAsyncChannelInboundStream<ByteBuffer>, _ direction: Direction) async {
        do {
            for try await piece in bytes { try await pass(piece, direction) }
            // What finished on one side finishes on the other; the opposite direction may go on.
            try await finish(direction)
        } catch {
            // One end is gone, or was reset: there is nobody to speak to, and nobody to hear.
            for target in targets.values { target.close(promise: nil) }
        }
    }

    /// What became of it.
    func record(_ decision: Decision) -> SessionRecord {
        closing?.cancel()
        return SessionRecord(
            decision: decision,
            request: meter.passed[.request] ?? 0,
            response: meter.passed[.response] ?? 0,
            hasStruck: meter.hasStruck
        )
    }

    /// Returns when the bytes are with the system: so the sender is slowed down to the receiver's pace.
    private func pass(_ bytes: ByteBuffer, _ direction: Direction) async throws {
        guard let target = targets[direction] else { return }
        latest = .now
        for step in meter.take(bytes, direction, isOver: gate.isOpen) {
            switch step {
            case .pass(let bytes): try await target.writeAndFlush(bytes).get()
            case .hold(let bytes):
                await gate.wait()
                try Task.checkCancellation()
                meter.release(bytes, direction)
                try await target.writeAndFlush(bytes).get()
            case .reset:
                for case let socket as any SocketOptionProvider in targets.values {
                    try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
                }
                throw ChannelError.eof
            case .end:
                for direction in Direction.allCases where meter.isHit(direction) { try await finish(direction) }
            }
        }
    }

    private func finish(_ direction: Direction) async throws {
        guard ended.insert(direction).inserted else { return }
        latest = .now
        closing = closing ?? Task { await closeWhenSilent() }
        try await targets[direction]?.close(mode: .output).get()
    }

    private func closeWhenSilent() async {
        while case let left = latest + Self.silence - .now, left > .zero {
            do { try await Task.sleep(for: left) } catch { return }
        }
        for target in targets.values { target.close(promise: nil) }
    }
}

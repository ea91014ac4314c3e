internal import FaultModel
internal import NIOCore

/// The two channels of one relayed connection and the link between them, confined to their one event loop.
///
/// Backpressure goes end to end: an end is read from only while the other takes what is written to it, so what is
/// buffered is bounded by NIO's high watermark and one read.
final class RelayPair {
    let link: RelayLink
    private var client: ChannelHandlerContext?
    private var runtime: ChannelHandlerContext?
    private var waitsToRead: Set<RelayEnd> = []
    private var endedInput: Set<RelayEnd> = []
    private var isClosing = false

    init(_ link: RelayLink) { self.link = link }

    private func context(_ end: RelayEnd) -> ChannelHandlerContext? { end == .client ? client : runtime }

    // MARK: - From the channels

    func attach(_ context: ChannelHandlerContext, _ end: RelayEnd) {
        switch end {
        case .client: client = context
        case .runtime: runtime = context
        }
    }

    func detach(_ end: RelayEnd) {
        switch end {
        case .client: client = nil
        case .runtime: runtime = nil
        }
    }

    /// An end is connected; once both are, what waited to be read is.
    func activated() {
        for end in waitsToRead where mayRead(end) {
            waitsToRead.remove(end)
            context(end)?.read()
        }
    }

    func received(_ bytes: ByteBuffer, from end: RelayEnd) {
        link.receive(bytes, end.sends, at: NIODeadline.now().uptimeNanoseconds)
        writeOutput()
    }

    func flush() {
        client?.flush()
        runtime?.flush()
    }

    /// NIO wants to read from an end.
    func requestRead(_ end: RelayEnd) {
        if mayRead(end) { context(end)?.read() } else { waitsToRead.insert(end) }
    }

    /// An end takes bytes again, or no longer.
    func writabilityChanged(_ end: RelayEnd) {
        guard waitsToRead.contains(end.other), mayRead(end.other) else { return }
        waitsToRead.remove(end.other)
        context(end.other)?.read()
    }

    /// An end will send nothing more, but may still listen: so it is with the other end from then on.
    func inputEnded(_ end: RelayEnd) {
        endedInput.insert(end)
        if endedInput.count == 2 { closeAfterFlush() } else { finish(end.other, mode: .output) }
    }

    /// An end is gone.
    func closed(_ end: RelayEnd) {
        detach(end)
        closeAfterFlush()
    }

    // MARK: - To the channels

    private func mayRead(_ end: RelayEnd) -> Bool {
        guard let own = context(end), let other = context(end.other) else { return false }
        return own.channel.isActive && other.channel.isActive && other.channel.isWritable
    }

    private func writeOutput() {
        if !link.request.output.isEmpty {
            link.request.output.drain { runtime?.write(RelayHandler.wrapOutboundOut($0), promise: nil) }
        }
        if !link.response.output.isEmpty {
            link.response.output.drain { client?.write(RelayHandler.wrapOutboundOut($0), promise: nil) }
        }
    }

    private func closeAfterFlush() {
        guard !isClosing else { return }
        isClosing = true
        link.close(at: NIODeadline.now().uptimeNanoseconds)
        writeOutput()
        for end in [RelayEnd.client, .runtime] { finish(end, mode: .all) }
    }

    /// Closes after all that was written has left: NIO drops what is pending when it closes.
    private func finish(_ end: RelayEnd, mode: CloseMode) {
        guard let context = context(end) else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(RelayHandler.wrapOutboundOut(ByteBuffer()), promise: written)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in bound.value.close(mode: mode, promise: nil) }
    }
}

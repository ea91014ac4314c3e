internal import FaultModel
internal import NIOCore

/// The two channels of one relayed connection and the link between them, confined to their one event loop.
///
/// Backpressure goes end to end: an end is read from only while the other takes what is written to it, so what is
/// buffered is bounded by NIO's high watermark, one read, and what the link holds back.
final class RelayPair {
    let link: RelayLink
    private let owner: RelayOwner
    private let key: Int
    private let eventLoop: any EventLoop
    private var client: ChannelHandlerContext?
    private var runtime: ChannelHandlerContext?
    private var waitsToRead: Set<RelayEnd> = []
    private var endedInput: Set<RelayEnd> = []
    private var isClosing = false
    private var timer: (time: UInt64, task: Scheduled<Void>)?

    init(_ link: RelayLink, owner: RelayOwner, key: Int, eventLoop: any EventLoop) {
        self.link = link
        self.owner = owner
        self.key = key
        self.eventLoop = eventLoop
    }

    private var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

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
        if client == nil, runtime == nil { owner.ended(key) }
    }

    /// The connection never came to be.
    func abandon() {
        closeAfterFlush()
        owner.ended(key)
    }

    /// An end is connected; once both are, what waited to be read is.
    func activated() {
        if isClosing {
            // The other end was gone before this one was there.
            for end in [RelayEnd.client, .runtime] { context(end)?.close(promise: nil) }
            return
        }
        schedule()
        for end in waitsToRead where mayRead(end) {
            waitsToRead.remove(end)
            context(end)?.read()
        }
    }

    func received(_ bytes: ByteBuffer, from end: RelayEnd) {
        link.receive(bytes, end.sends, at: now)
        afterLink()
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

    // MARK: - From the rules

    /// Has the link do something, and does what comes of it.
    func withLink(_ body: (RelayLink, UInt64) -> Void) {
        guard !isClosing else { return }
        body(link, now)
        afterLink()
        flush()
    }

    /// Closes both ends, also one that takes nothing any more.
    func end(patience: TimeAmount) {
        closeAfterFlush()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: patience) {
            for end in [RelayEnd.client, .runtime] { bound.value.context(end)?.close(promise: nil) }
        }
    }

    // MARK: - After the link

    private func afterLink() {
        writeOutput()
        if !link.commands.isEmpty { runCommands() }
        schedule()
    }

    private func writeOutput() {
        if !link.request.output.isEmpty {
            link.request.output.drain { runtime?.write(RelayHandler.wrapOutboundOut($0), promise: nil) }
        }
        if !link.response.output.isEmpty {
            link.response.output.drain { client?.write(RelayHandler.wrapOutboundOut($0), promise: nil) }
        }
    }

    private func runCommands() {
        let commands = link.commands
        link.commands = []
        for command in commands {
            switch command {
            case .close: closeAfterFlush()
            case .drop(let drop, let connection):
                if drop.which == .own { closeAfterFlush() } else { owner.drop(connection) }
            case .duplicate(let request): owner.duplicate(request, on: eventLoop)
            case .identified:
                link.strike(owner.control.decide(connection: link.kind, .identified), at: now)
                writeOutput()
            }
        }
        if !link.commands.isEmpty { runCommands() }
    }

    /// One timer for the link's next time; an earlier one replaces it.
    private func schedule() {
        guard let next = link.nextTimer, !isClosing else { return }
        if let timer, timer.time <= next { return }
        timer?.task.cancel()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let task = eventLoop.scheduleTask(deadline: .uptimeNanoseconds(next)) { bound.value.tick() }
        timer = (next, task)
    }

    private func tick() {
        timer = nil
        // Never at a later time than it is: what the task was for may have been given up, and what is next not be due.
        withLink { $0.tick(at: $1) }
    }

    // MARK: - Backpressure and ends

    private func mayRead(_ end: RelayEnd) -> Bool {
        guard let own = context(end), let other = context(end.other) else { return false }
        return own.channel.isActive && other.channel.isActive && other.channel.isWritable
    }

    private func closeAfterFlush() {
        guard !isClosing else { return }
        isClosing = true
        timer?.task.cancel()
        timer = nil
        link.close(at: now)
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

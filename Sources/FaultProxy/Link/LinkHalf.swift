internal import FaultModel
internal import NIOCore

/// One direction of a connection: what its sender sent and its receiver gets.
///
/// A class, and confined to its link: the two halves act on each other all the time.
final class LinkHalf {
    /// How header blocks go to the receiver (relay-contract 13, 14).
    enum Coding {
        /// As they came; a decoder runs beside.
        case verbatim
        /// Written anew, from the first interference on and for good.
        case literal(LiteralEncoder)
        /// As they came, and nothing may be dropped, changed or put in between any more: the decoder lost step.
        case verbatimOnly
    }

    let direction: Direction
    var input = FrameInput()
    var output = FrameOutput()
    /// The header block under way.
    var block: HeaderBlock?
    var decoder = HeaderDecoder()
    private(set) var coding = Coding.verbatim
    /// The account of the whole connection in this direction.
    var flow = FlowAccount()
    /// What the receiver of this direction has announced.
    var receiver = PeerSettings()
    /// Streams with something that waits for the connection's window, in the order they began to wait.
    var blocked: [UInt32] = []
    /// Connection credit of the relay's own that is to go to the sender.
    var credit = 0
    /// The highest stream the sender has opened.
    var lastStream: UInt32 = 0

    init(_ direction: Direction) { self.direction = direction }

    /// Whether DATA of a call that nothing is wrong with passes without a look at the window.
    var isTransparent: Bool { flow.isTransparent && blocked.isEmpty }

    /// Whether blocks are written anew.
    var isLiteral: Bool { if case .literal = coding { true } else { false } }

    /// Whether blocks can be dropped, changed and put in between.
    var allowsInterference: Bool { if case .verbatimOnly = coding { false } else { true } }

    /// Hands on the bytes that pass.
    func flushRun() {
        guard let run = input.takeRun() else { return }
        let isInBlock = block.map { $0.frames == nil } ?? false
        output.pass(run, isBroken: input.streaming > 0 || isInBlock)
    }

    /// Writes frames of the relay's own to the receiver, after what has passed so far.
    func write(_ frames: (inout ByteBuffer) -> Void) {
        flushRun()
        output.write(frames)
    }

    /// From now on every block is written anew.
    func interfere() { if case .verbatim = coding { coding = .literal(LiteralEncoder()) } }

    /// The decoder has lost step. `false` when blocks of this direction have been interfered with already: then there
    /// is no going on.
    func loseStep() -> Bool {
        if isLiteral { return false }
        coding = .verbatimOnly
        return true
    }

    /// Writes a block of literals.
    func write(
        _ fields: HeaderList,
        type: FrameType = .headers,
        flags: UInt8 = 0,
        prefix: ByteBuffer = ByteBuffer(),
        stream: UInt32
    ) {
        interfere()
        guard case .literal(var encoder) = coding else { return }
        var block = ByteBuffer()
        encoder.encode(fields, into: &block)
        coding = .literal(encoder)
        write {
            $0.writeBlock(
                block,
                type: type,
                flags: flags,
                prefix: prefix,
                stream: stream,
                maxFrameSize: receiver.maxFrameSize
            )
        }
    }
}

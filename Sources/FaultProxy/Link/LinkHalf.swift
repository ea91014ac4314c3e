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
    var coding = Coding.verbatim
    /// The account of the whole connection in this direction.
    var flow = FlowAccount()
    /// What the receiver of this direction has announced.
    var receiver = PeerSettings()
    /// The highest stream the sender has opened.
    var lastStream: UInt32 = 0

    init(_ direction: Direction) { self.direction = direction }

    /// Hands on the bytes that pass.
    func flushRun() {
        guard let run = input.takeRun() else { return }
        let isInBlock = block.map { $0.frames.readableBytes == 0 } ?? false
        output.pass(run, isBroken: input.streaming > 0 || isInBlock)
    }

    /// Writes frames of the relay's own to the receiver, after what has passed so far.
    func write(_ frames: (inout ByteBuffer) -> Void) {
        flushRun()
        output.write(frames)
    }
}

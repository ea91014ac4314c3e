internal import FaultModel
internal import FuzzSupport
internal import NIOCore

@testable internal import FaultProxy

/// A link that an input's pieces are fed to, and what went in and came out of it.
///
/// A piece begins with a byte: its highest bit is the direction (the runtime sends when it is set), the rest its length;
/// without a length time passes, as much as the next byte says.
struct LinkRun {
    enum Piece {
        case bytes([UInt8], Direction)
        case time(UInt64)
    }

    private let link: RelayLink
    private var rest: ArraySlice<UInt8>
    private var greeting: [Piece] = []
    private(set) var now: UInt64 = 1
    /// By direction: to the runtime, to the client.
    private(set) var sent: [[UInt8]] = [[], []]
    private(set) var got: [[UInt8]] = [[], []]

    init(_ link: RelayLink, _ input: FuzzInput, skipping: Int = 0) {
        self.link = link
        rest = input.bytes.dropFirst(skipping)
        if input.mode & 4 != 0 {
            greeting = [.bytes(Preface.bytes + [0, 0, 0, 4, 0, 0, 0, 0, 0], .request)]
        }
    }

    mutating func next() -> Piece? {
        if let first = greeting.popLast() { return first }
        guard let head = rest.popFirst() else { return nil }
        let length = Int(head & 0x7f)
        guard length > 0 else { return .time(1 << UInt64((rest.popFirst() ?? 0) % 44)) }
        defer { rest = rest.dropFirst(length) }
        return .bytes(Array(rest.prefix(length)), head & 0x80 == 0 ? .request : .response)
    }

    mutating func feed(_ piece: Piece, step: Int) {
        switch piece {
        case .time(let time):
            now += time
            link.tick(at: now)
            collect()
        case .bytes(let bytes, let direction):
            sent[direction == .request ? 0 : 1] += bytes
            var rest = bytes[...]
            while !rest.isEmpty {
                link.receive(ByteBuffer(bytes: rest.prefix(step)), direction, at: now)
                rest = rest.dropFirst(min(step, rest.count))
                collect()
            }
        }
    }

    mutating func collect() {
        link.request.output.drain { got[0] += Array($0.readableBytesView) }
        link.response.output.drain { got[1] += Array($0.readableBytesView) }
        link.commands = []
    }
}

import ArgumentParser
import Foundation

/// The runtime of the measurements: answers each call with what it was sent, or with as many bytes as it is told.
///
/// A thread for each connection, and nothing but frames.
struct EchoRuntimeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo-runtime",
        abstract: "Answers every call on a socket with its own message."
    )

    /// A message that begins with this asks for as many bytes as the eight after it say.
    static let sizeMark: [UInt8] = Array("SIZE".utf8)

    @Option(help: "The socket to listen on.")
    var listen: String

    func run() throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = unlink(listen)
        guard descriptor >= 0, FrameSocket.withAddress(listen, { bind(descriptor, $0, $1) }) == 0,
            Foundation.listen(descriptor, 64) == 0
        else { throw BenchError("cannot listen on \(listen): \(String(cString: strerror(errno)))") }
        while true {
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { continue }
            Thread.detachNewThread {
                do { try EchoConnection(FrameSocket(descriptor: client)).serve() } catch {
                    FileHandle.standardError.write(Data("echo-runtime: \(error)\n".utf8))
                }
            }
        }
    }

    /// The byte of a large answer at a place: whoever gets it can tell that it is the right one.
    static func byte(at offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset &* 31 &+ offset >> 8) }
}

/// One connection to the echoing runtime.
private final class EchoConnection {
    private let socket: FrameSocket
    private var requests: [UInt32: [UInt8]] = [:]
    private var answered = 0
    private var unreturned = 0
    private var window = 65_535
    private var initialWindow = 65_535
    private var streamWindows: [UInt32: Int] = [:]
    /// Large answers under way: where each stands, and how long it is.
    private var large: [UInt32: (offset: Int, count: Int)] = [:]

    init(_ socket: FrameSocket) { self.socket = socket }

    func serve() throws {
        guard try socket.readPreface() else { return }
        socket.write(4, 0, 0, [])
        while let frame = try socket.next() {
            switch frame.type {
            case 0: try data(frame)
            case 1: requests[frame.stream] = []
            case 3:
                requests[frame.stream] = nil
                large[frame.stream] = nil
            case 4 where frame.flags & 1 == 0: settings(frame)
            case 8: windowUpdate(frame)
            default: break
            }
            if frame.type != 8 { _ = socket.answerHousekeeping(frame) }
            if !large.isEmpty { try sendLarge() }
        }
    }

    private func settings(_ frame: FrameSocket.Frame) {
        var rest = socket.buffer[frame.payload]
        while rest.count >= 6 {
            let setting = rest.prefix(6).map { Int($0) }
            if setting[0] << 8 | setting[1] == 4 {
                let value = setting[2] << 24 | setting[3] << 16 | setting[4] << 8 | setting[5]
                for stream in streamWindows.keys { streamWindows[stream]? += value - initialWindow }
                initialWindow = value
            }
            rest = rest.dropFirst(6)
        }
    }

    private func windowUpdate(_ frame: FrameSocket.Frame) {
        let increment = socket.buffer[frame.payload].reduce(0) { $0 << 8 | Int($1) } & 0x7fff_ffff
        if frame.stream == 0 { window += increment } else { streamWindows[frame.stream]? += increment }
    }

    private func data(_ frame: FrameSocket.Frame) throws {
        requests[frame.stream, default: []] += socket.buffer[frame.payload]
        unreturned += frame.payload.count
        if unreturned >= 16 << 10 {
            socket.writeWindowUpdate(unreturned, stream: 0)
            unreturned = 0
        }
        guard frame.flags & 1 != 0, let message = requests.removeValue(forKey: frame.stream) else { return }
        let body = message.dropFirst(5)
        socket.write(1, 4, frame.stream, answered == 0 ? HeaderBlocks.firstResponse : HeaderBlocks.laterResponse)
        if body.starts(with: EchoRuntimeCommand.sizeMark), body.count == 12 {
            let count = body.dropFirst(4).reduce(0) { $0 << 8 | Int($1) }
            large[frame.stream] = (-5, count)
            streamWindows[frame.stream] = initialWindow
            return
        }
        guard message.count <= window else { throw BenchError("the client does not return credit") }
        window -= message.count
        socket.write(0, 0, frame.stream, message)
        end(frame.stream)
    }

    private func end(_ stream: UInt32) {
        socket.write(1, 5, stream, answered == 0 ? HeaderBlocks.firstTrailers : HeaderBlocks.laterTrailers)
        answered += 1
    }

    private func sendLarge() throws {
        for (stream, state) in large {
            var (offset, count) = state
            while offset < count, window > 0, let room = streamWindows[stream], room > 0 {
                let length = min(16_384, window, room, count - offset)
                socket.write(
                    0,
                    0,
                    stream,
                    (offset..<(offset + length)).map { place in
                        place >= 0
                            ? EchoRuntimeCommand.byte(at: place)
                            : (place == -5 ? 0 : UInt8(truncatingIfNeeded: count >> (8 * (-1 - place))))
                    }
                )
                offset += length
                window -= length
                streamWindows[stream] = room - length
                if socket.pending > 1 << 18 { try socket.flush() }
            }
            large[stream] = (offset, count)
            if offset == count {
                large[stream] = nil
                streamWindows[stream] = nil
                end(stream)
            }
        }
    }
}

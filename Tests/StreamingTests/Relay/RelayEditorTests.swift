import NIOCore
import Testing

@testable import Streaming

/// What goes through a relay, on both protocols and however the bytes are cut.
struct RelayEditorTests {
    /// What came out of an editor.
    private struct Passed {
        var bytes = ByteBuffer()
        var ends: [String] = []
    }

    private static let request = "POST /exec/t HTTP/1.1\r\nUpgrade: SPDY/3.1\r\n\r\n"
    private static let socketRequest = "GET /exec/t HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
    private static let switching = "HTTP/1.1 101 Switching Protocols\r\n\r\n"

    /// An editor past the heads, with stdin, stdout, stderr and a port's data on the SPDY streams 3, 5, 7 and 9.
    private func editor(_ breakage: StreamBreakage, webSocket: Bool = false, isForward: Bool = false) throws
        -> RelayEditor
    {
        var editor = try RelayEditor(breakage, isForward: isForward)
        let request = webSocket ? Self.socketRequest : Self.request
        #expect(try pass([ByteBuffer(string: request)], from: .input, &editor).bytes == ByteBuffer(string: request))
        let answer = ByteBuffer(string: Self.switching)
        #expect(try pass([answer], from: .output, &editor).bytes == answer)
        guard !webSocket else { return editor }
        let compressor = try SPDYHeaderCompressor()
        for (id, type) in [(1, "error"), (3, "stdin"), (5, "stdout"), (7, "stderr"), (9, "data")] as [(UInt32, String)]
        {
            let opening = SPDYFrameEncoder.encode(
                .synStream(id: id, flags: [], block: try compressor.compress([SPDYHeader("streamtype", type)]))
            )
            #expect(try pass([opening], from: .input, &editor).bytes == opening)
        }
        return editor
    }

    private func pass(_ pieces: [ByteBuffer], from side: StreamBreakage.Side, _ editor: inout RelayEditor) throws
        -> Passed
    {
        var passed = Passed()
        for piece in pieces {
            for output in try editor.edit(piece, from: side) {
                switch output {
                case .pass(let bytes): passed.bytes.writeImmutableBuffer(bytes)
                case .stall: passed.ends.append("stall")
                case .reset: passed.ends.append("reset")
                }
            }
        }
        return passed
    }

    /// The same bytes one at a time, or all at once.
    private func cut(_ frames: [ByteBuffer], singly: Bool) -> [ByteBuffer] {
        let all = frames.flatMap { Array($0.readableBytesView) }
        return singly ? all.map { ByteBuffer(bytes: [$0]) } : [ByteBuffer(bytes: all)]
    }

    /// What each stream of SPDY received, and which have ended; the rest must be frames too.
    private func streams(_ bytes: ByteBuffer) throws -> [UInt32: String] {
        var decoder = SPDYFrameDecoder(controlFrameLimit: 1_024)
        decoder.append(bytes)
        var texts: [UInt32: String] = [:]
        while let frame = try decoder.next() {
            guard case .data(let id, let bytes, let isFinal) = frame else { continue }
            texts[id, default: ""] += String(buffer: bytes) + (isFinal ? "." : "")
        }
        #expect(!decoder.isInsideFrame)
        return texts
    }

    private func data(_ id: UInt32, _ text: String, ends: Bool = false) -> ByteBuffer {
        SPDYFrameEncoder.encode(.data(id: id, bytes: ByteBuffer(string: text), isFinal: ends))
    }

    private func message(_ channel: UInt8, _ text: String, masked: Bool = false) -> ByteBuffer {
        WebSocketFrameEncoder.encode(
            .binary,
            [channel] + Array(text.utf8),
            mask: masked ? WebSocketMask(0x0102_0304) : nil
        )
    }

    /// The messages of a WebSocket's side.
    private func messages(_ bytes: ByteBuffer, from sender: WebSocketRole) throws -> [String] {
        var decoder = WebSocketFrameDecoder(sender: sender, frameLimit: 1 << 20)
        decoder.append(bytes)
        var texts: [String] = []
        while let frame = try decoder.next() {
            guard case .data(_, var bytes, let starts, _, _) = frame else { continue }
            let channel: UInt8 = starts ? bytes.readInteger() ?? 255 : 255
            texts.append("\(channel):\(String(buffer: bytes))")
        }
        #expect(!decoder.isInsideFrame)
        return texts
    }

    // MARK: - SPDY

    @Test(
        "Truncated output loses its rest and keeps its end, its errors and what goes the other way",
        arguments: [true, false]
    )
    func truncated(singly: Bool) throws {
        var editor = try editor(.truncate(.output, after: 4))
        let frames = [
            data(5, "abc"), SPDYFrameEncoder.encode(.ping(7)), data(7, "def"), data(5, "", ends: true),
            data(1, "exit 0", ends: true),
        ]
        let passed = try pass(cut(frames, singly: singly), from: .output, &editor)
        #expect(try streams(passed.bytes) == [5: "abc.", 7: "d", 1: "exit 0."])
        #expect(passed.ends == [])
        let input = try pass(cut([data(3, "all of it")], singly: singly), from: .input, &editor)
        #expect(try streams(input.bytes) == [3: "all of it"])
    }

    @Test("Truncated input loses its rest and keeps its end", arguments: [true, false])
    func truncatedInput(singly: Bool) throws {
        var editor = try editor(.truncate(.input, after: 2))
        let passed = try pass(cut([data(3, "hello", ends: true)], singly: singly), from: .input, &editor)
        #expect(try streams(passed.bytes) == [3: "he."])
        let output = try pass([data(5, "hello")], from: .output, &editor)
        #expect(try streams(output.bytes) == [5: "hello"])
    }

    @Test func `What is as long as the bound is left alone`() throws {
        for breakage in [StreamBreakage.stall(.output, after: 3), .reset(after: 3), .truncate(.output, after: 3)] {
            var editor = try editor(breakage)
            let passed = try pass([data(5, "abc", ends: true)], from: .output, &editor)
            #expect(try streams(passed.bytes) == [5: "abc."])
            #expect(passed.ends == [])
        }
    }

    @Test(
        "A stall or a reset comes after so many bytes of data and not of anything else",
        arguments: [
            (StreamBreakage.stall(.output, after: 3), ["stall"]), (.reset(after: 3), ["reset"]),
            (.stall(.input, after: 3), []),
        ]
    )
    func ends(breakage: StreamBreakage, ends: [String]) throws {
        var editor = try editor(breakage)
        let early = try pass([data(1, "a long message"), data(5, "abc")], from: .output, &editor)
        #expect(early.ends == [])
        #expect(try streams(early.bytes) == [1: "a long message", 5: "abc"])
        #expect(try pass([data(9, "d")], from: .output, &editor).ends == ends)
    }

    @Test("Swapped output arrives on the other stream", arguments: [true, false])
    func swapped(singly: Bool) throws {
        var editor = try editor(.swap)
        let frames = [data(5, "out"), data(7, "err", ends: true), data(9, "port"), data(1, "exit 0")]
        let passed = try pass(cut(frames, singly: singly), from: .output, &editor)
        let whole = try streams(passed.bytes)
        #expect(whole == [7: "out", 5: "err.", 9: "port", 1: "exit 0"])
    }

    // MARK: - WebSocket

    @Test("Messages of a WebSocket are truncated too, masked ones included", arguments: [true, false])
    func truncatedMessages(singly: Bool) throws {
        var output = try editor(.truncate(.output, after: 4), webSocket: true)
        let frames = [message(1, "abc"), message(2, "def"), message(1, "ghi"), message(1, ""), message(3, "exit 0")]
        let passed = try pass(cut(frames, singly: singly), from: .output, &output)
        #expect(try messages(passed.bytes, from: .server) == ["1:abc", "2:d", "1:", "3:exit 0"])
        var input = try editor(.truncate(.input, after: 4), webSocket: true)
        let sent = cut([message(0, "hello", masked: true), message(4, "{}", masked: true)], singly: singly)
        #expect(try messages(try pass(sent, from: .input, &input).bytes, from: .client) == ["0:hell", "4:{}"])
    }

    @Test func `Swapped messages arrive on the other channel, and no others`() throws {
        var editor = try editor(.swap, webSocket: true)
        let close = WebSocketFrameEncoder.encode(.close, [0x03, 0xe8], mask: nil)
        let passed = try pass(
            [message(1, "out"), message(2, "err"), message(3, "exit 0"), close],
            from: .output,
            &editor
        )
        #expect(try messages(passed.bytes, from: .server) == ["2:out", "1:err", "3:exit 0"])
        #expect(Array(passed.bytes.readableBytesView.suffix(4)) == [0x88, 2, 0x03, 0xe8])
    }

    @Test func `The port that a forwarded channel begins with is no data`() throws {
        var editor = try editor(.truncate(.output, after: 2), webSocket: true, isForward: true)
        let frames = [message(0, "\u{1f}\u{10}"), message(1, "\u{1f}\u{10}"), message(0, "abc"), message(1, "refused")]
        let passed = try pass(frames, from: .output, &editor)
        #expect(
            try messages(passed.bytes, from: .server) == ["0:\u{1f}\u{10}", "1:\u{1f}\u{10}", "0:ab", "1:refused"]
        )
    }

    @Test("Messages of every length keep it", arguments: [0, 1, 124, 125, 65_533, 65_534, 65_535, 70_000])
    func lengths(count: Int) throws {
        var editor = try editor(.reset(after: 1 << 20), webSocket: true)
        let frame = message(1, String(repeating: "x", count: count))
        #expect(try pass([frame], from: .output, &editor).bytes == frame)
    }

    // MARK: - What is no stream

    @Test func `What a server says that does not switch passes as it is`() throws {
        var editor = try RelayEditor(.truncate(.output, after: 0), isForward: false)
        let refusal = ByteBuffer(string: "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n")
        #expect(try pass(cut([refusal], singly: true), from: .output, &editor).bytes == refusal)
    }

    @Test func `A head without an end, and frames longer than any, are refused`() throws {
        var endless = try RelayEditor(.swap, isForward: false)
        #expect(throws: StreamingError.self) {
            _ = try endless.edit(ByteBuffer(repeating: 0x61, count: 70_000), from: .input)
        }
        var spdy = try editor(.swap)
        #expect(throws: StreamingError.self) {
            _ = try spdy.edit(ByteBuffer(bytes: [0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff]), from: .input)
        }
        var socket = try editor(.swap, webSocket: true)
        #expect(throws: StreamingError.self) {
            _ = try socket.edit(ByteBuffer(bytes: [0x82, 127, 0xff, 0, 0, 0, 0, 0, 0, 0]), from: .output)
        }
    }
}

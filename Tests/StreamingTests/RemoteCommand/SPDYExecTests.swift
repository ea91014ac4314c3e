import NIOCore
import Testing

@testable import Streaming

/// Exec and attach over SPDY, against a scripted server.
@Suite(.timeLimit(.minutes(10)))
struct SPDYExecTests {
    @Test func `stdin goes in, half-closes, stdout and stderr and the exit code come back`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            #expect(peer.lines.first == "POST /exec/\(FakeServer.token) HTTP/1.1")
            try await spdy.accept(4)
            let input = try await spdy.collect("stdin")
            try await spdy.send(input.reversed(), on: "stdout", isFinal: true)
            try await spdy.send("warned", on: "stderr", isFinal: true)
            try await spdy.send(exit(3), on: "error")
            try await spdy.close(resetting: ["stdin", "error"])
        } client: { server in
            let outcome = try await withExec(url: server.url, streams: everything) { (session) async throws in
                #expect(session.version == .v4)
                let stdin = try #require(session.stdin)
                try await stdin.write(Array("hello".utf8))
                try await stdin.write([])
                try await stdin.close()
                #expect(try await session.stdout?.text() == "olleh")
                #expect(session.stdout?.ending == .finished)
                #expect(try await session.stderr?.text() == "warned")
                let status = try await session.status()
                try await session.waitUntilClosed()
                #expect(await session.farewell() == .goAway(status: 0, lastGoodStream: 0))
                return status
            }
            #expect(outcome.value == .exited(code: 3))
        }
    }

    @Test func `Input that comes after the command's end is taken no more, and what the command said is there`()
        async throws
    {
        let streams = RemoteCommandStreams(stdin: true, stdout: true, tty: true)
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(4)
            try await spdy.send("0123456789", on: "stdout", isFinal: true)
            try await spdy.send(exit(7), on: "error")
            try await spdy.close(resetting: ["stdin", "resize", "error"])
        } client: { server in
            _ = try await withExec(url: server.url, streams: streams) { (session) async throws in
                let stdin = try #require(session.stdin)
                try await session.waitUntilClosed()
                let sends: [() async throws -> Void] = [
                    { try await stdin.write([1]) }, { try await stdin.close() },
                    { try await session.resize(width: 1, height: 2) },
                ]
                for send in sends {
                    let error = await #expect(throws: StreamingError.self) { try await send() }
                    #expect(error?.endsInput == true, "\(String(describing: error))")
                }
                #expect(try await session.stdout?.text() == "0123456789")
                #expect(try await session.status() == .exited(code: 7))
            }
        }
    }

    @Test(arguments: [
        (RemoteCommandStreams(stdout: true), ["error", "stdout"]),
        (RemoteCommandStreams(stdin: true, stdout: true, tty: true), ["error", "stdin", "stdout", "resize"]),
        (RemoteCommandStreams(stderr: true), ["error", "stderr"]),
        (RemoteCommandStreams(), ["error"]),
    ])
    func `the streams are those asked for, in client-go's order`(streams: RemoteCommandStreams, types: [String])
        async throws
    {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            for (index, type) in types.enumerated() {
                let stream = try #require(await spdy.nextStream())
                #expect(stream.headers == ["streamtype": type])
                #expect(stream.id == UInt32(2 * index + 1))
                try await spdy.reply(stream.id)
            }
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withAttach(url: server.url, streams: streams) { (session) async throws in
                #expect(
                    (session.stdin != nil, session.stdout != nil, session.stderr != nil) == (
                        streams.stdin, streams.stdout, streams.stderr
                    )
                )
            }
        }
    }

    @Test(arguments: [RemoteCommandVersion.v4, .v3, .v2, .v1])
    func `a server that has only an older version gets that one`(version: RemoteCommandVersion) async throws {
        let streams = RemoteCommandStreams(stdin: true, stdout: true, tty: true)
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer, chosen: version.rawValue)
            #expect(
                peer.values("X-Stream-Protocol-Version") == [
                    "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io",
                ]
            )
            try await spdy.accept(version >= .v3 ? 4 : 3)
            try await spdy.send(version >= .v4 ? success : "", on: "error", isFinal: true)
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withExec(url: server.url, streams: streams) { (session) async throws in
                #expect(session.version == version)
                #expect(session.negotiation.chosen == version.rawValue)
                #expect(try await session.status() == .succeeded)
                let resizing = await failure { try await session.resize(width: 1, height: 2) }
                #expect(resizing == (version >= .v3 ? nil : .notPossible))
            }
        }
    }

    @Test func `a server that names no version is one of v1's time`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer, chosen: nil)
            try await spdy.accept(2)
            try await spdy.send("no such container", on: "error", isFinal: true)
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdout: true)) {
                (session) async throws in
                #expect(session.version == .v1)
                #expect(session.negotiation.chosen == nil)
                #expect(
                    try await session.status() == .failed(.init(reason: "", message: "no such container", code: nil))
                )
            }
        }
    }

    @Test func `v1: a server that resets the error stream at once has said nothing`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer, chosen: "channel.k8s.io")
            try await spdy.accept(2)
            try await spdy.send(.rstStream(id: spdy.id("error"), status: .cancel))
            try await spdy.send("out", on: "stdout", isFinal: true)
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdout: true)) {
                (session) async throws in
                #expect(try await session.stdout?.text() == "out")
                #expect(try await session.status() == .absent)
            }
        }
    }

    @Test func `versions that the server refuses are not offered, which is no error`() async throws {
        try await withFakeServer { peer in
            try await peer.request()
            try await peer.send(
                "HTTP/1.1 403 Forbidden\r\nX-Accepted-Stream-Protocol-Versions: v3.channel.k8s.io\r\nContent-Length: 2\r\n\r\nno"
            )
            #expect(await peer.waitForEnd())
        } client: { server in
            let outcome = try await withExec(url: server.url, streams: everything, protocol: .spdy(offering: [.v4])) {
                _ in
                Issue.record("the body ran")
            }
            guard case .notOffered(let negotiation) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(negotiation.acceptable == ["v3.channel.k8s.io"])
            #expect(negotiation.offered == ["v4.channel.k8s.io"])
        }
    }

    @Test func `sizes of the terminal go over the resize stream`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(4)
            let resize = try spdy.id("resize")
            var text = ""
            while text.split(separator: "\n").count < 2 || !text.hasSuffix("\n"), let frame = try await spdy.next() {
                if case .data(resize, let bytes, _) = frame { text += String(buffer: bytes) }
            }
            try await spdy.send(text, on: "stdout", isFinal: true)
            _ = await peer.waitForEnd()
        } client: { server in
            let streams = RemoteCommandStreams(stdin: true, stdout: true, tty: true)
            _ = try await withExec(url: server.url, streams: streams) { (session) async throws in
                try await session.resize(width: 120, height: 40)
                try await session.resize(width: 77, height: 13)
                #expect(
                    try await session.stdout?.text() == "{\"Width\":120,\"Height\":40}\n{\"Width\":77,\"Height\":13}\n"
                )
            }
        }
    }

    @Test func `an output ends as the server ended it`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(4)
            try await spdy.send("out", on: "stdout")
            try await spdy.send("err", on: "stderr")
            try await spdy.send(.rstStream(id: spdy.id("stdout"), status: .cancel))
            try await spdy.send(.rstStream(id: spdy.id("stderr"), status: .protocolError))
            try await spdy.send("half a sta", on: "error")
            try await spdy.send(.goAway(lastGood: 7, status: 0))
        } client: { server in
            _ = try await withExec(url: server.url, streams: everything) { (session) async throws in
                let (stdout, stderr) = (try #require(session.stdout), try #require(session.stderr))
                #expect(try await stdout.text() == "out")
                #expect(stdout.ending == .cancelled)
                var iterator = stderr.makeAsyncIterator()
                #expect(try await iterator.next() == Array("err".utf8))
                #expect(await failure { _ = try await iterator.next() } == .streamReset)
                #expect(stderr.ending == nil)
                guard case .malformed("half a sta", _) = try await session.status() else {
                    Issue.record("wrong status")
                    return
                }
                let stdin = try #require(session.stdin)
                try await session.waitUntilClosed()
                #expect(await failure { try await stdin.write([1]) } == .closed)
            }
        }
    }

    @Test(arguments: [false, true])
    func `an output that is cut off is never taken for a whole one`(insideFrame: Bool) async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(2)
            try await spdy.send("part", on: "stdout")
            if insideFrame { try await peer.send(hex("00000003 00 000009 6f66")) }
        } client: { server in
            _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdout: true)) {
                (session) async throws in
                let stdout = try #require(session.stdout)
                var bytes: [UInt8] = []
                let code = await failure { for try await piece in stdout { bytes += piece } }
                #expect(code == .connectionLost)
                #expect(String(decoding: bytes, as: UTF8.self) == (insideFrame ? "partof" : "part"))
                #expect(await failure { _ = try await session.status() } == .connectionLost)
            }
        }
    }

    @Test func `a stream that the server refuses ends the session before it begins`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            let stream = try #require(await spdy.nextStream())
            try await spdy.send(.rstStream(id: stream.id, status: .refusedStream))
            _ = await peer.waitForEnd()
        } client: { server in
            let code = await failure {
                _ = try await withExec(url: server.url, streams: everything) { _ in Issue.record("the body ran") }
            }
            #expect(code == .streamRefused)
        }
    }

    @Test func `a stream that is not answered in time is reset`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            _ = try await spdy.nextStream()
            var resets = 0
            while let frame = try await spdy.next() {
                if case .rstStream(_, .cancel) = frame { resets += 1 }
            }
            #expect(resets == 2)
        } client: { server in
            let code = await failure {
                let soon = options { $0.openTimeout = .milliseconds(50) }
                _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdout: true), options: soon) {
                    _ in
                    Issue.record("the body ran")
                }
            }
            #expect(code == .timedOut)
        }
    }

    @Test func `pings go both ways`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(2)
            try await spdy.send(.ping(2))
            try await spdy.send(.ping(4))
            var answers: [UInt32] = []
            while let frame = try await spdy.next() {
                guard case .ping(let id) = frame else { continue }
                if id % 2 == 0 { answers.append(id) } else { try await spdy.send(.ping(id)) }
            }
            #expect(answers == [2, 4])
        } client: { server in
            let quick = options { $0.keepAlive = .milliseconds(5) }
            _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdout: true), options: quick) {
                (session) async throws in
                try await until { await session.counters().pongsReceived >= 3 }
                let counters = await session.counters()
                #expect(counters.pingsAnswered == 2)
                #expect(counters.pingsSent >= 3)
            }
        }
    }

    @Test func `leaving early resets what is open and goes away`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(2)
            var frames: [SPDYFrame] = []
            while let frame = try await spdy.next() { frames.append(frame) }
            #expect(
                frames == [
                    .rstStream(id: 1, status: .cancel), .rstStream(id: 3, status: .cancel),
                    .goAway(lastGood: 0, status: 0),
                ]
            )
        } client: { server in
            struct Own: Error {}
            let options = options { $0.keepAlive = nil }
            await #expect(throws: Own.self) {
                _ = try await withExec(
                    url: server.url,
                    streams: RemoteCommandStreams(stdout: true),
                    options: options
                ) { _ in throw Own() }
            }
        }
    }
}

import NIOCore
import Testing

@testable import Streaming

/// Drops, cancellations, and what is left afterwards: nothing.
@Suite(.timeLimit(.minutes(10)))
struct EndingTests {
    static let protocols = [RemoteCommandProtocol.spdy, .webSocketV4]

    /// Agrees to the upgrade and to the streams, and waits.
    private static func idle(_ peer: FakePeer, _ offer: RemoteCommandProtocol) async throws {
        if offer == .spdy {
            let spdy = try await FakeSPDY.upgrade(peer)
            try await spdy.accept(4)
        } else {
            _ = try await FakeWebSocket.upgrade(peer)
        }
    }

    @Test(arguments: protocols, [false, true])
    func `a drop is a close without a word, or a reset`(offer: RemoteCommandProtocol, resetting: Bool) async throws {
        let (isFIN, seen) = (Counter(), Signal())
        try await withFakeServer { peer in
            try await Self.idle(peer, offer)
            var bytes = 0
            do {
                while let more = try await peer.read() { bytes += more.readableBytes }
                isFIN.add(1)
            } catch {}
            #expect(bytes == 0)
            seen.fire()
        } client: { server in
            let options = options { $0.keepAlive = nil }
            _ = try await withExec(url: server.url, streams: everything, protocol: offer, options: options) {
                (session) async throws in
                let (stdin, stdout) = (try #require(session.stdin), try #require(session.stdout))
                async let waiting = failure { _ = try await stdout.text() }
                async let status = failure { _ = try await session.status() }
                await session.drop(resetting: resetting)
                #expect(await waiting == .closed)
                #expect(await status == .closed)
                #expect(await failure { try await stdin.write([1]) } == .closed)
                #expect(await failure { try await stdin.close() } == .closed)
                try await session.waitUntilClosed()
                try await seen.wait()
            }
            #expect(isFIN.value == (resetting ? 0 : 1))
        }
    }

    @Test(arguments: protocols)
    func `a drop is the same below TLS`(offer: RemoteCommandProtocol) async throws {
        let seen = Signal()
        try await withFakeServer(tls: TestCertificate.serverContext()) { peer in
            try await Self.idle(peer, offer)
            // Without TLS's goodbye the server hears of a cut.
            #expect(await peer.waitForEnd() == false)
            seen.fire()
        } client: { server in
            _ = try await withExec(
                url: "https://127.0.0.1:\(server.port)/exec/tok1",
                streams: everything,
                protocol: offer
            ) { (session) async throws in
                await session.drop()
                try await seen.wait()
            }
        }
    }

    @Test(arguments: protocols)
    func `cancelling ends every wait and closes the connection`(offer: RemoteCommandProtocol) async throws {
        let (inside, seen) = (Signal(), Signal())
        try await withFakeServer { peer in
            try await Self.idle(peer, offer)
            _ = await peer.waitForEnd()
            seen.fire()
        } client: { server in
            let exec = Task {
                try await withExec(url: server.url, streams: everything, protocol: offer) { (session) async throws in
                    inside.fire()
                    return try await session.status()
                }
            }
            try await inside.wait()
            exec.cancel()
            #expect(await failure { _ = try await exec.value } == .cancelled)
            try await seen.wait()
        }
    }

    @Test func `cancelling ends the wait for the upgrade`() async throws {
        let (asked, seen) = (Signal(), Signal())
        try await withFakeServer { peer in
            try await peer.request()
            asked.fire()
            _ = await peer.waitForEnd()
            seen.fire()
        } client: { server in
            let exec = Task {
                try await withExec(url: server.url, streams: everything) { _ in Issue.record("the body ran") }
            }
            try await asked.wait()
            exec.cancel()
            #expect(await failure { _ = try await exec.value } == .cancelled)
            try await seen.wait()
        }
    }

    @Test func `cancelling before anything ends it too`() async throws {
        try await withFakeServer { peer in
            _ = await peer.waitForEnd()
        } client: { server in
            let exec = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await withExec(url: server.url, streams: everything) { _ in Issue.record("the body ran") }
            }
            #expect(await failure { try await exec.value } == .cancelled)
        }
    }

    @Test(arguments: protocols)
    func `nothing outlives its scope`(offer: RemoteCommandProtocol) async throws {
        try await withFakeServer { peer in
            try await Self.idle(peer, offer)
            _ = await peer.waitForEnd()
        } client: { server in
            weak var connection: StreamConnection?
            weak var core: Arrival<UpgradePlan.Verdict>?
            do {
                let opener = try RemoteCommandOpener(
                    address: StreamAddress(server.url),
                    streams: everything,
                    offer: offer,
                    options: StreamingOptions()
                )
                connection = opener.connection
                // Held by the connection and its core alone.
                core = opener.connection.upgraded
                _ = try await opener.connection.use(opener.open) { _ in }
            }
            // The event loop lets go of the last closures after the socket is closed.
            let patience = ContinuousClock.now + .seconds(60)
            while connection != nil || core != nil, ContinuousClock.now < patience { await Task.yield() }
            #expect(connection == nil)
            #expect(core == nil)
        }
    }
}

import CRICatalog
import CRIClient
import FakeCRI
import FaultModel
import Synchronization
import Testing

@testable import FaultProxy

extension LoadTests {
    /// relay-contract 19: one relay takes the place of another, and no call is cut.
    @Suite struct DrainTests {
        /// Pulls wait to be told; events come one at a time; everything else is answered.
        private static let script = FakeScript { request in
            switch request[":path"]?.split(separator: "/").last {
            case "PullImage": []
            case "GetContainerEvents": [FakeAction.answerHeaders, FakeAction.message([1])]
            default: FakeAction.ok([])
            }
        }

        private struct Place { let connection: Int, stream: UInt32 }

        /// Where the next request came, and was written down by the runtime.
        private static func place(_ fake: FakeRuntime) async -> Place {
            let found = Mutex(Place(connection: 0, stream: 0))
            await fake.wait { event in
                guard case .request(let connection, let stream) = event else { return false }
                found.withLock { $0 = Place(connection: connection, stream: stream) }
                return true
            }
            return found.withLock { $0 }
        }

        @Test func `An event stream and a pull outlive their relay's place, and new calls find the new one`()
            async throws
        {
            try await withFolder { folder in
                let runtime = try Endpoint(folder + "/runtime")
                try await FakeRuntime.run(Self.script, at: runtime) { fake in
                    var configuration = Relay.Configuration(listenPath: folder + "/relay", runtimePath: runtime.path)
                    try await Relay.run(configuration) { old in
                        try await withCRIClient(runtime: Endpoint(folder + "/relay")) { client in
                            let events = AsyncStream.makeStream(of: [UInt8].self)
                            let rpc = try #require(Catalog.cri.rpc(named: "GetContainerEvents"))
                            let stream = Task {
                                await client.stream(rpc, request: [], options: CallOptions()) {
                                    events.continuation.yield($0)
                                }
                            }
                            var arriving = events.stream.makeAsyncIterator()
                            let streamPlace = await Self.place(fake)
                            #expect(await arriving.next() == [1])
                            let pull = Task { try await client.call("PullImage") }
                            let pullPlace = await Self.place(fake)
                            configuration.replacesLiveSocket = true
                            try await Relay.run(configuration) { new in
                                let drained = Mutex(false)
                                let draining = Task {
                                    await old.drain(grace: .seconds(3))
                                    drained.withLock { $0 = true }
                                }
                                // A connection of its own is the new relay's at once; the old client's follows the GOAWAY.
                                try await withCRIClient(runtime: Endpoint(folder + "/relay")) { other in
                                    let answer = try await other.call("Version")
                                    #expect(answer.code == .ok)
                                    #expect(new.connections == 1)
                                }
                                while new.connections == 0 { #expect(try await client.call("Version").code == .ok) }
                                #expect(old.connections == 2)
                                #expect(!drained.withLock { $0 })
                                fake.play(
                                    [.message([2])],
                                    connection: streamPlace.connection,
                                    stream: streamPlace.stream
                                )
                                #expect(await arriving.next() == [2])
                                fake.play(
                                    FakeAction.ok([9]),
                                    connection: pullPlace.connection,
                                    stream: pullPlace.stream
                                )
                                #expect(try await pull.value.responses == [[9]])
                                fake.play(
                                    [.message([3]), .trailers()],
                                    connection: streamPlace.connection,
                                    stream: streamPlace.stream
                                )
                                #expect(await arriving.next() == [3])
                                #expect(await stream.value.code == .ok)
                                await draining.value
                                #expect(old.connections == 0)
                                #expect(try await client.call("Version").code == .ok)
                            }
                        }
                    }
                }
            }
        }

        @Test func `Connections that have said nothing do not hold up the end`() async throws {
            try await withRelay(FaultControl()) { relay, path, runtime in
                let client = try await Peer.connect(to: path)
                let server = try await runtime.accept()
                await relay.drain()
                #expect(await client.receiveAll() == [])
                #expect(await server.receiveAll() == [])
                await #expect(throws: (any Error).self) { try await Peer.connect(to: path) }
            }
        }

        @Test func `Sixteen callers that never pause lose no call when their relay is replaced`() async throws {
            try await LoadScene.run { scene in
                var configuration = Relay.Configuration(
                    listenPath: scene.endpoint.path,
                    runtimePath: scene.runtime.endpoint.path
                )
                configuration.replacesLiveSocket = true
                let codes = Tally()
                let isReplaced = Mutex(false)
                let calling = Task {
                    try await scene.call { _, client in
                        var rest = 20
                        while rest > 0 {
                            codes.add(try await client.call("Status").code.name)
                            if isReplaced.withLock({ $0 }) { rest -= 1 }
                        }
                    }
                }
                try await scene.wait { codes["OK"] > LoadScene.callers }
                try await Relay.run(configuration) { new in
                    await scene.relay.drain(grace: .seconds(3))
                    #expect(scene.relay.connections == 0)
                    // Looked at while they call: afterwards they are gone from it again.
                    try await scene.wait { new.connections > 0 }
                    isReplaced.withLock { $0 = true }
                    try await calling.value
                }
                #expect(Set(codes.all.keys) == ["OK"], "\(codes.all)")
            }
        }
    }
}

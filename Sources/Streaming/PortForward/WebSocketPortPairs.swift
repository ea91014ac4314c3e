internal import Synchronization

/// Hands out the pairs of channels that a WebSocket port-forward has from its beginning.
final class WebSocketPortPairs: PortPairSource {
    private struct Place {
        let port: UInt16
        let queue: InboundQueue
        let errors: ErrorChannel
        let opened: [Arrival<Void>]
        var isTaken = false
    }

    private let openTimeout: Duration
    private let places: Mutex<[Place]>
    /// What takes the bytes of the channels.
    let entries: [StreamKey: ConnectionCore.Entry]

    init(_ ports: [UInt16], _ options: StreamingOptions, _ budget: ReceiveBudget) {
        openTimeout = options.openTimeout
        var entries: [StreamKey: ConnectionCore.Entry] = [:]
        var places: [Place] = []
        for (index, port) in ports.prefix(WebSocketChannels.mostPorts).enumerated() {
            let errors = ErrorChannel(limit: options.limits.errorChannel, completion: .message { _ in true })
            let place = Place(port: port, queue: InboundQueue(budget), errors: errors, opened: [Arrival(), Arrival()])
            let data = UInt32(2 * index)
            entries[StreamKey(data)] = ConnectionCore.Entry(sink: place.queue, opened: place.opened[0])
            entries[StreamKey(data + 1)] = ConnectionCore.Entry(sink: errors, opened: place.opened[1])
            places.append(place)
        }
        self.entries = entries
        self.places = Mutex(places)
    }

    func open(_ port: UInt16, _ connection: StreamConnection) async throws(StreamingError) -> PortPair {
        let taken = places.withLock { places -> (Int, Place)? in
            guard let index = places.firstIndex(where: { $0.port == port && !$0.isTaken }) else { return nil }
            places[index].isTaken = true
            return (index, places[index])
        }
        guard let (index, place) = taken else {
            throw StreamingError(
                .notPossible,
                "port \(port) is not among those of this WebSocket, or taken; they are fixed by the request"
            )
        }
        await connection.expire(place.opened, after: openTimeout)
        for opened in place.opened { try await opened.wait() }
        return PortPair(data: StreamKey(UInt32(2 * index)), queue: place.queue, errors: place.errors)
    }
}

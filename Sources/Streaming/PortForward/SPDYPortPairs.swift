internal import Synchronization

/// Opens a pair of SPDY streams for each connection (kubernetes `portforward.k8s.io`): the error stream, then the data
/// stream, tied together by a request id.
final class SPDYPortPairs: PortPairSource {
    private let options: StreamingOptions
    private let budget: ReceiveBudget
    private let requests = Mutex(0)

    init(_ options: StreamingOptions, _ budget: ReceiveBudget) {
        self.options = options
        self.budget = budget
    }

    func open(_ port: UInt16, _ connection: StreamConnection) async throws(StreamingError) -> PortPair {
        let request = requests.withLock { requests in
            defer { requests += 1 }
            return requests
        }
        let headers = [SPDYHeader("port", "\(port)"), SPDYHeader("requestid", "\(request)")]
        let errors = ErrorChannel(limit: options.limits.errorChannel, completion: .end)
        let queue = InboundQueue(budget)
        let errorEntry = ConnectionCore.Entry(sink: errors, opened: Arrival())
        let dataEntry = ConnectionCore.Entry(sink: queue, opened: Arrival())
        let error = try await connection.open([SPDYHeader("streamtype", "error")] + headers, errorEntry)
        let data: StreamKey
        do {
            data = try await connection.open([SPDYHeader("streamtype", "data")] + headers, dataEntry)
        } catch let failure {
            try? await connection.giveUp(error)
            throw failure
        }
        do {
            try await errorEntry.opened.wait()
            try await dataEntry.opened.wait()
            try await finish(error, connection)
        } catch let failure {
            // Half a pair would stay open until the session ends.
            try? await connection.giveUp(error)
            try? await connection.giveUp(data)
            throw failure
        }
        return PortPair(data: data, queue: queue, errors: errors)
    }

    /// Ends our half of the error stream, where the client never says anything. A server that could not connect may have
    /// ended the whole stream by then; what it said there has been kept.
    private func finish(_ error: StreamKey, _ connection: StreamConnection) async throws(StreamingError) {
        do {
            try await connection.finish(error)
        } catch let failure {
            guard failure.code == .streamReset else { throw failure }
        }
    }
}

public import CRICatalog
internal import Glibc
internal import NIOCore

/// One unary call by a process that makes no other: the calling thread does all of it, on a connection of its own.
///
/// A ``CRIClient`` has an event loop, a thread for it, and channels, which a command that asks one question and ends
/// pays for in milliseconds: more than the answer takes. The rules of an answer are the same code for both.
public struct SingleCall: Sendable {
    /// How a call ended.
    public struct Outcome: Sendable {
        /// The status it ended with.
        public let code: StatusCode
        /// The status message, percent-decoded; empty when there is none.
        public let message: String
        /// The answer; `nil` unless ``code`` is OK.
        public let response: [UInt8]?
    }

    private let endpoint: Endpoint

    /// Nothing is dialled yet.
    public init(to endpoint: Endpoint) { self.endpoint = endpoint }

    /// Makes the call and blocks until it has ended. Never throws: what goes wrong on the link is a status, as in gRPC.
    ///
    /// - Parameters:
    ///   - rpc: the procedure, which must be unary.
    ///   - request: the request message, which must fit the smallest frame HTTP/2 knows (16 KiB); a longer one ends the
    ///     call with RESOURCE_EXHAUSTED.
    ///   - deadline: how long all of it may take, dialling included. The runtime is told, too.
    ///   - receiveLimit: the largest answer accepted, in bytes; kubelet's own limit is 16 MiB.
    public func make(
        _ rpc: RPC,
        request: [UInt8],
        deadline: Duration,
        receiveLimit: Int = 16 << 20
    ) -> Outcome {
        var exchange = SingleExchange(endpoint: endpoint, receiveLimit: receiveLimit)
        let ending: CallEnding
        do {
            try exchange.begin(path: rpc.path, request: request, deadline: deadline)
            ending = try run(&exchange, deadline)
        } catch {
            ending = error
        }
        let isGood = ending.code == .ok
        return Outcome(code: ending.code, message: ending.message, response: isGood ? exchange.response : nil)
    }

    private func run(
        _ exchange: inout SingleExchange,
        _ deadline: Duration
    ) throws(CallEnding) -> CallEnding {
        let end = ContinuousClock.now.advanced(by: deadline)
        let socket: LocalSocket
        do {
            socket = try LocalSocket(connectingTo: endpoint.path)
        } catch {
            throw .unavailable("cannot connect to \(endpoint): \(HTTP2Connection.describe(errno: error.code))")
        }
        do throws(LocalSocket.Failure) {
            while true {
                do throws(LocalSocket.Failure) {
                    try socket.send(exchange.takeOutput(), until: end)
                } catch {
                    // It may take nothing any more, and what it said before it closed is still to be read.
                    guard error.code == EPIPE else { throw error }
                }
                let bytes = try socket.receive(until: end)
                if let ending = bytes.readableBytes == 0 ? exchange.closed() : exchange.receive(bytes) { return ending }
            }
        } catch {
            switch error.code {
            case ETIMEDOUT: throw exchange.timedOut(after: deadline)
            // On a unix socket: closed with our bytes unread.
            case ECONNRESET: throw exchange.closed()
            default:
                throw .unavailable(
                    "the connection to \(endpoint) broke: \(HTTP2Connection.describe(errno: error.code))"
                )
            }
        }
    }
}

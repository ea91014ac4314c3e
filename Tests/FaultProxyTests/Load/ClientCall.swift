import CRICatalog
import CRIClient
import Testing

// In a file of its own, in which the relay's records of calls are not seen.

/// What a client saw of a call.
typealias ClientCall = CallRecord

extension CRIClient {
    /// A call without a deadline, and without a request.
    func call(_ name: String, _ request: [UInt8] = []) async throws -> ClientCall {
        await call(try #require(Catalog.cri.rpc(named: name)), request: request, options: CallOptions())
    }
}

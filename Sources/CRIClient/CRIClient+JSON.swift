public import CRICatalog

extension CRIClient {
    /// Makes a unary call by its name, with the request as proto3 JSON (`{"podSandboxId": "..."}`).
    ///
    /// - Parameter options: kubelet's for that RPC when not given.
    /// - Throws: `JSONCallError` when there is no such RPC or the JSON is no such request; nothing is sent then. A call
    ///   that was made never throws: its outcome is in the record.
    public func call(
        _ name: String,
        json: String,
        options: CallOptions? = nil,
        catalog: Catalog = .cri
    ) async throws(JSONCallError) -> CallRecord {
        guard let rpc = catalog.rpc(named: name), rpc.kind == .unary else {
            throw JSONCallError(message: "there is no unary RPC '\(name)'")
        }
        let request: Record
        do { request = try RecordJSON(catalog).parse(Array(json.utf8), as: rpc.request) } catch {
            throw JSONCallError(message: "the request of \(name): \(error)")
        }
        return await call(
            rpc,
            request: MessageCodec(catalog).encode(request),
            options: options ?? .kubelet(rpc, request: request)
        )
    }

    /// The answer of a call as proto3 JSON; `nil` when it has none, or bytes that are no such message.
    public static func json(ofAnswerIn record: CallRecord, catalog: Catalog = .cri) -> String? {
        guard let bytes = record.responses.first,
            let answer = try? MessageCodec(catalog).decode(bytes, as: record.rpc.response)
        else { return nil }
        return String(decoding: RecordJSON(catalog).render(answer), as: UTF8.self)
    }
}

/// A call by name that could not be made.
public struct JSONCallError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let message: String
    /// How messages show it.
    public var description: String { message }
}

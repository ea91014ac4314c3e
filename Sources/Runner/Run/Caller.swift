import CRICatalog
import CRIClient

/// Calls by name with records: what fixtures, probes and clean-up are made of.
struct Caller: Sendable {
    let client: CRIClient
    let codec: MessageCodec
    let catalog: Catalog

    init(client: CRIClient, catalog: Catalog = .cri) {
        self.client = client
        self.catalog = catalog
        codec = MessageCodec(catalog)
    }

    init(_ context: RunContext) { self.init(client: context.client, catalog: context.catalog) }

    /// Makes a unary call.
    ///
    /// - Returns: the record of the call, and the answer; an answer that does not decode is empty, and the call's
    ///   code is then UNKNOWN as no client could use it.
    func call(
        _ name: String,
        _ request: Record,
        deadline: Duration? = nil,
        receiveLimit: Int? = nil
    ) async -> (CallRecord, Record) {
        guard let rpc = catalog.rpc(named: name) else {
            brokenBuild("the harness calls an RPC that its own catalogue lacks: \(name)")
        }
        let options = CallOptions.kubelet(rpc, request: request)
        return await call(rpc, codec.encode(request), options, deadline, receiveLimit)
    }

    /// Sends bytes that need not be a message.
    func call(_ rpc: RPC, bytes: [UInt8], deadline: Duration?, receiveLimit: Int?) async -> (CallRecord, Record) {
        let options = CallOptions.kubelet(rpc, request: Record(type: rpc.request))
        return await call(rpc, bytes, options, deadline, receiveLimit)
    }

    private func call(
        _ rpc: RPC,
        _ request: [UInt8],
        _ options: CRICallOptions,
        _ deadline: Duration?,
        _ receiveLimit: Int?
    ) async -> (CallRecord, Record) {
        var options = options
        if let deadline { options.deadline = deadline }
        if let receiveLimit { options.receiveLimit = receiveLimit }
        let record = await client.call(rpc, request: request, options: options)
        return (record, decode(record.responses.first ?? [], rpc.response) ?? Record(type: rpc.response))
    }

    /// Makes a server-streaming call whose messages can be looked at while they come.
    func stream(_ rpc: RPC, _ request: Record, deadline: Duration?, inbox: StreamInbox) async -> CallRecord {
        var options = CallOptions.kubelet(rpc, request: request)
        if let deadline { options.deadline = deadline }
        return await client.stream(
            rpc,
            request: codec.encode(request),
            options: options,
            onHeaders: { inbox.noteHeaders() },
            onMessage: { inbox.add($0) }
        )
    }

    /// The answer as a record; `nil` when it is no such message.
    func decode(_ bytes: [UInt8], _ message: String) -> Record? { try? codec.decode(bytes, as: message) }
}

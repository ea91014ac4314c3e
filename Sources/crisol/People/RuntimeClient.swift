import ArgumentParser
import CRICatalog
import CRIClient
import Foundation
import Outcome

/// Calls by name for the commands people use to look at what a failing case saw.
struct RuntimeClient: Sendable {
    private let client: CRIClient

    init(_ client: CRIClient) { self.client = client }

    /// Makes a call.
    ///
    /// - Throws: `CommandFailure` with the runtime's code and message.
    func call(_ name: String, _ fields: [String: Value]) async throws(CommandFailure) -> Record {
        guard let rpc = Catalog.cri.rpc(named: name) else { throw CommandFailure("there is no RPC \(name)") }
        let request = Record(type: rpc.request, fields: fields)
        let codec = MessageCodec(.cri)
        let record = await client.call(
            rpc,
            request: codec.encode(request),
            options: .kubelet(rpc, request: request)
        )
        guard record.code == .ok else {
            throw CommandFailure("\(name) answered \(record.code.name): \(record.message)")
        }
        return (try? codec.decode(record.responses.first ?? [], as: rpc.response)) ?? Record(type: rpc.response)
    }

    /// The full id of the container that a text begins, as crictl's users write it.
    func container(_ prefix: String) async throws(CommandFailure) -> String {
        try await id(prefix, "ListContainers", "containers", "container")
    }

    /// The full id of the sandbox that a text begins.
    func sandbox(_ prefix: String) async throws(CommandFailure) -> String {
        try await id(prefix, "ListPodSandbox", "items", "sandbox")
    }

    private func id(_ prefix: String, _ rpc: String, _ field: String, _ what: String) async throws(CommandFailure)
        -> String
    {
        let all = (try await call(rpc, [:])[field]?.list ?? []).compactMap { $0.record?["id"]?.text }
        if all.contains(prefix) { return prefix }
        let matching = all.filter { $0.hasPrefix(prefix) }
        guard let only = matching.first else {
            throw CommandFailure("no \(what) has an id that begins with '\(prefix)'")
        }
        guard matching.count == 1 else {
            throw CommandFailure("\(matching.count) \(what)s have an id that begins with '\(prefix)'")
        }
        return only
    }
}

/// A command that could not do its work.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs a command against the endpoint that was named or found, and turns what goes wrong into exit code 3.
func withRuntime(_ options: EndpointOptions, _ body: (RuntimeClient) async throws -> Int32) async throws {
    let found = try options.find(ProcessInfo.processInfo.environment)
    let code: Int32
    do {
        code = try await withCRIClient(runtime: found.runtime, image: found.image) { try await body(RuntimeClient($0)) }
    } catch let error as ValidationError {
        throw error
    } catch let error as ExitCode {
        throw error
    } catch {
        Console.error("crisol: \(Console.safe("\(error)"))")
        throw ExitCode(ExitCodes.couldNotJudge)
    }
    if code != 0 { throw ExitCode(code) }
}

public import CRICatalog

/// A check that kubelet's own CRI client makes on an answer before kubelet sees it: what fails it is an error to
/// kubelet although the runtime said OK.
public struct KubeletCheck: Sendable, CustomStringConvertible {
    /// Its name, kubelet's own where kubelet has one: `verifySandboxStatus`.
    public let name: String
    /// The name of the RPC whose answer it looks at.
    public let rpc: String
    /// Where kubelet has it: repository, file and function.
    public let source: String
    private let judge: @Sendable (_ request: Record, _ response: Record) -> String?

    init(
        _ name: String,
        rpc: String,
        source: String,
        _ judge: @escaping @Sendable (_ request: Record, _ response: Record) -> String?
    ) {
        self.name = name
        self.rpc = rpc
        self.source = source
        self.judge = judge
    }

    /// Name, RPC and source.
    public var description: String { "\(name) (\(rpc); \(source))" }

    /// What an OK answer of `rpc` violates, in a sentence; `nil` when nothing, or when the check is about another RPC.
    public func violation(rpc: RPC, request: Record, response: Record) -> String? {
        rpc.name == self.rpc ? judge(request, response) : nil
    }
}

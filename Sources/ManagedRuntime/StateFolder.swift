/// Where crisol keeps what must outlive a crash: a folder per run with its journal.
public struct StateFolder: Sendable {
    /// Where it is.
    public let path: String

    /// `$CRISOL_STATE`, else `/var/lib/crisol`.
    public init(environment: [String: String]) {
        let named = environment["CRISOL_STATE"] ?? ""
        path = named.isEmpty ? "/var/lib/crisol" : named
    }

    var runs: String { "\(path)/runs" }
    /// Where packages are unpacked.
    public var packages: String { "\(path)/packages" }
}

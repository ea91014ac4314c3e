/// A place in a node's configuration that names the runtime's socket.
public struct EndpointPlace: Sendable, Hashable {
    /// How it is written there.
    public enum Form: String, Sendable {
        /// `containerRuntimeEndpoint:` in a KubeletConfiguration.
        case field = "containerRuntimeEndpoint"
        /// `--container-runtime-endpoint` on kubelet's command line.
        case flag = "--container-runtime-endpoint"
        /// Nothing is written, and kubelet's default is in force; the field is to be added to this file.
        case missing = "no containerRuntimeEndpoint (kubelet's default)"
    }

    /// The file.
    public let path: String
    /// The line, from 1; the last one for a field that is missing.
    public let line: Int
    /// How it is written.
    public let form: Form
    /// The endpoint it names, as it stands there.
    public let endpoint: String
    /// Why kubelet does not go by it; `nil` for the one that is in force.
    public let shadow: String?

    /// How a list shows it.
    public var text: String {
        "\(path):\(line): \(form.rawValue): \(endpoint)" + (shadow.map { " (not in force: \($0))" } ?? "")
    }

    /// The path of the socket it names, however that is written.
    var socket: String { Self.socket(endpoint) }

    /// The path of the socket that an endpoint means: with or without its scheme, and by way of `/var/run` or not.
    static func socket(_ endpoint: String) -> String {
        let path = endpoint.hasPrefix("unix:") ? endpoint.dropFirst("unix:".count) : endpoint[...]
        let names = path.split(separator: "/").filter { $0 != "." }
        return "/" + (names.starts(with: ["var", "run"]) ? names.dropFirst() : names[...]).joined(separator: "/")
    }

    func shadowed(_ reason: String) -> EndpointPlace {
        EndpointPlace(path: path, line: line, form: form, endpoint: endpoint, shadow: reason)
    }
}

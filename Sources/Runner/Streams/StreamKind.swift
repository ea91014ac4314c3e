/// What a streaming URL is for, as servers built on Kubernetes' library write it in the path before the token.
enum StreamKind: String, Sendable {
    case exec, attach, portforward

    /// The URL with this kind in the place of its own; `nil` when its path names none.
    func renamed(_ url: String) -> String? {
        var parts = url.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 2, StreamKind(rawValue: parts[parts.count - 2]) != nil else { return nil }
        parts[parts.count - 2] = rawValue
        return parts.joined(separator: "/")
    }
}

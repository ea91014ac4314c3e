/// Classes of status messages: texts that mean the same from different runtimes.
///
/// Each pattern is a phrase that the runtimes' own sources print; a message belongs to a class when one of them
/// occurs in it, whatever the case of its letters.
public enum StatusClass {
    /// The phrases by class.
    public static let phrases: [String: [String]] = [
        "not-found": ["not found", "does not exist", "no such", "could not find", "unknown blob", "manifest unknown"],
        "unauthorized": [
            "unauthorized", "authentication required", "authorization failed", "access denied",
            "no basic auth credentials",
        ],
        "registry-unavailable": [
            "registryunavailable", "connection refused", "503 service unavailable", "i/o timeout", "no route to host",
        ],
        "signature-validation-failed": ["signaturevalidationfailed"],
        "image-not-found": ["not found", "manifest unknown", "name unknown", "repository does not exist"],
        "not-implemented": ["not implemented", "unknown method", "unknown service"],
        "name-reserved": ["failed to reserve", "is reserved for", "already in use", "already exists"],
        "not-running": ["not running", "is not in running state", "container is in container_exited state", "stopped"],
    ]

    /// Whether the message belongs to the class.
    static func matches(_ message: String, _ name: String) -> Bool {
        let text = message.lowercased()
        return phrases[name]?.contains { text.contains($0) } ?? false
    }
}

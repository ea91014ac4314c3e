internal import Mustache

/// The pages' templates and the style they share.
enum Templates {
    /// - Throws: when a built-in template does not parse, which the tests rule out.
    static func library() throws -> MustacheLibrary {
        var library = MustacheLibrary()
        for (name, bytes) in [
            ("style", PackageResources.style_mustache), ("report", PackageResources.report_mustache),
            ("ledger", PackageResources.ledger_mustache),
        ] { try library.register(String(decoding: bytes, as: UTF8.self), named: name) }
        return library
    }
}

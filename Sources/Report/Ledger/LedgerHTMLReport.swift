internal import Mustache

/// A ledger's timeline as one self-contained page, in the style of the report of a run.
///
/// What clients and runtimes wrote goes through the template's escaping.
public struct LedgerHTMLReport: Sendable {
    private let library: MustacheLibrary

    /// - Throws: when the built-in templates do not parse, which the tests rule out.
    public init() throws { library = try Templates.library() }

    /// The page.
    ///
    /// - Parameter files: the ledger's files, as the page names them.
    public func render(_ summary: LedgerSummary, files: [String]) -> String {
        library.render(LedgerPage(summary, files), withTemplate: "ledger") ?? ""
    }
}

/// A path inside an image, checked: it can only mean one place, below the root, and only that file.
struct ImagePath: Sendable, Hashable, Comparable {
    /// Its components; never none, never `.` or `..`.
    let components: [String]

    /// Reads a path; a leading slash is optional, so that `etc/passwd` and `/etc/passwd` are the same place.
    init(_ text: String) throws(ImageError) {
        guard text.utf8.count < Self.maximumLength else {
            throw ImageError(
                .invalidPath,
                "a path of \(text.utf8.count) bytes, the kernel takes \(Self.maximumLength - 1)"
            )
        }
        let relative = text.utf8.first == UInt8(ascii: "/") ? text.dropFirst() : text[...]
        let parts = relative.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for part in parts {
            if let problem = Self.problem(with: part) {
                throw ImageError(.invalidPath, "'\(text)' \(problem)")
            }
        }
        components = parts
    }

    private init(components: [String]) { self.components = components }

    /// The directory it is in; `nil` when that is the root.
    var parent: ImagePath? {
        components.count > 1 ? ImagePath(components: Array(components.dropLast())) : nil
    }

    /// The path from the root without a leading slash, as a layer names it.
    var relative: String { components.joined(separator: "/") }

    /// Directories come before what is in them, and the order is one of bytes, the same everywhere.
    static func < (left: ImagePath, right: ImagePath) -> Bool {
        left.components.lexicographicallyPrecedes(right.components) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// PATH_MAX, with the terminating zero.
    private static let maximumLength = 4096
    /// NAME_MAX.
    private static let maximumComponentLength = 255

    private static func problem(with component: String) -> String? {
        switch component {
        case "": return "has an empty component"
        case ".", "..": return "has a component '\(component)'"
        default: break
        }
        if component.utf8.contains(0) { return "contains a zero byte" }
        if component.utf8.count > maximumComponentLength {
            return "has a component over \(maximumComponentLength) bytes"
        }
        // OCI image specification, layer.md: such a name removes a file of a lower layer instead of adding one.
        if component.hasPrefix(".wh.") { return "is a whiteout" }
        return nil
    }
}

/// A private runtime that could not be made, or a clean-up that could not be done.
public struct RuntimeError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// A program or package is missing.
        case missing
        /// The runtime did not start, or not in time.
        case notStarted
        /// A file, folder or process could not be handled.
        case system
    }

    /// What kind of trouble it is, for programs.
    public let code: Code
    /// What happened and what to do about it.
    public let message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// How messages show it.
    public var description: String { message }
}

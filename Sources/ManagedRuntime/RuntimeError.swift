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
        /// Somebody did not want to wait; ``RuntimeError/signal`` says how they put it.
        case interrupted
    }

    /// What kind of trouble it is, for programs.
    public let code: Code
    /// What happened and what to do about it.
    public let message: String
    /// The signal that came, for ``Code/interrupted``.
    public private(set) var signal: Int32?

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static func interrupted(by signal: Int32) -> Self {
        var error = Self(.interrupted, "interrupted")
        error.signal = signal
        return error
    }

    /// How messages show it.
    public var description: String { message }
}

/// A recipe that cannot be made into an image.
public struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of mistake it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalidPath = "invalid path"
            case invalidFile = "invalid file"
            case conflictingPaths = "conflicting paths"
            case invalidMark = "invalid mark"
            case missingAgent = "missing agent"
            case invalidPlatform = "invalid platform"
            case tooLarge = "too large"
            case encoding = "encoding"
            case compression = "compression"
        }
        private let kind: Kind

        /// A path that is empty, relative upwards, too long, or means something else in a layer (a whiteout).
        public static let invalidPath = Code(kind: .invalidPath)
        /// A mode out of range or a link without a usable target.
        public static let invalidFile = Code(kind: .invalidFile)
        /// One path given twice, or a file where another path needs a directory.
        public static let conflictingPaths = Code(kind: .conflictingPaths)
        /// A mark that is not one short line of printable ASCII.
        public static let invalidMark = Code(kind: .invalidMark)
        /// The recipe wants the agent and no agent was given.
        public static let missingAgent = Code(kind: .missingAgent)
        /// No platform, one given twice, or too many.
        public static let invalidPlatform = Code(kind: .invalidPlatform)
        /// The image would pass a size bound of `ImageBuilder`.
        public static let tooLarge = Code(kind: .tooLarge)
        /// The image's JSON could not be written.
        public static let encoding = Code(kind: .encoding)
        /// A layer could not be packed.
        public static let compression = Code(kind: .compression)

        /// How messages show it.
        public var description: String { kind.rawValue }
    }

    /// What kind of mistake it is; equality is by this alone.
    public let code: Code
    /// What is wrong, with the path or value concerned.
    public let message: String
    /// The error underneath, if there is one.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// How messages show it.
    public var description: String {
        cause.map { "\(code): \(message): \($0)" } ?? "\(code): \(message)"
    }

    /// Whether both are the same in all that counts here.
    public static func == (left: ImageError, right: ImageError) -> Bool { left.code == right.code }
}

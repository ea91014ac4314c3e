/// What an image is made for, in the words of the OCI image specification (Go's GOOS and GOARCH).
public struct ImagePlatform: Sendable, Hashable, CustomStringConvertible {
    /// The operating system, `linux`.
    public var operatingSystem: String
    /// The architecture, `amd64` or `arm64`.
    public var architecture: String
    /// The variant of the architecture, `v8`; `nil` where nothing is said of it.
    public var variant: String?

    /// Creates a platform.
    public init(operatingSystem: String = "linux", architecture: String, variant: String? = nil) {
        self.operatingSystem = operatingSystem
        self.architecture = architecture
        self.variant = variant
    }

    /// Reads `linux/amd64` or `linux/arm64/v8`; `nil` unless each part is 1 to 32 lower-case letters, digits, dots,
    /// dashes or underscores.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 || parts.count == 3, parts.allSatisfy(Self.isWord) else { return nil }
        self.init(
            operatingSystem: parts[0],
            architecture: parts[1],
            variant: parts.count == 3 ? parts[2] : nil
        )
    }

    /// `linux/amd64`, `linux/arm64/v8`
    public var description: String {
        variant.map { "\(operatingSystem)/\(architecture)/\($0)" } ?? "\(operatingSystem)/\(architecture)"
    }

    /// The platform this program was compiled for, which is that of the runtime beside it.
    public static let current: ImagePlatform = {
        #if arch(x86_64)
            ImagePlatform(architecture: "amd64")
        #elseif arch(arm64)
            ImagePlatform(architecture: "arm64")
        #else
            #error("name this architecture as Go does")
        #endif
    }()

    private static func isWord(_ part: String) -> Bool {
        (1...32).contains(part.utf8.count)
            && part.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || "._-".utf8.contains($0)
            }
    }
}

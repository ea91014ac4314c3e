/// What an image is made for, in the words of the OCI image specification (Go's GOOS and GOARCH).
public struct ImagePlatform: Sendable, Hashable, CustomStringConvertible {
    /// The operating system, `linux`.
    public var operatingSystem: String
    /// The architecture, `amd64` or `arm64`.
    public var architecture: String

    /// Creates a platform.
    public init(operatingSystem: String = "linux", architecture: String) {
        self.operatingSystem = operatingSystem
        self.architecture = architecture
    }

    /// `linux/amd64`
    public var description: String { "\(operatingSystem)/\(architecture)" }

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
}

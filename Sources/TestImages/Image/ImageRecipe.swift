/// All an image is made from. The same recipe and agent always give the same bytes.
public struct ImageRecipe: Sendable, Hashable {
    /// What containers take from the image. Without an `entrypoint` an image with the agent gets `/agent`.
    public var configuration = ImageConfiguration()
    /// Files by path, over the default ones of `ImageBuilder`: a path given here wins. Missing parent directories
    /// are made (0755, root).
    public var files: [String: ImageFile] = [:]
    /// Whether the agent is at `/agent`.
    public var includesAgent = true
    /// More layers, each with one incompressible file of this many bytes (`/layers/1`, `/layers/2`, ...): something
    /// to wait for, to cut or to count. The blob is larger by its tar headers.
    public var extraLayers: [Int] = []
    /// What the image is made for.
    public var platform = ImagePlatform.current
    /// How layers are packed.
    public var compression = LayerCompression.none
    /// In whose media types the image is described.
    public var format = ImageFormat.oci
    /// Tells images apart: two recipes with different marks share no layer and no image id, so that cases running at
    /// once never meet each other's content in the runtime's store. One line of printable ASCII, at most 256 bytes;
    /// it is the second line of `/image-mark`.
    public var mark = ""

    /// Creates the recipe of an image that has the agent and the default files.
    public init() {}

    /// Creates a recipe like `agent` with a configuration of its own.
    public init(_ configuration: ImageConfiguration) { self.configuration = configuration }

    /// The workload image: the agent and nothing asked of it.
    public static let agent = ImageRecipe()

    /// The sandbox image: the agent stays until it is told to end, and reaps the children of a shared PID namespace.
    public static let sandbox: ImageRecipe = {
        var recipe = ImageRecipe()
        recipe.configuration.entrypoint = ["/agent", "pause"]
        return recipe
    }()

    /// The same recipe with another mark.
    public func marked(_ mark: String) -> ImageRecipe {
        var copy = self
        copy.mark = mark
        return copy
    }
}

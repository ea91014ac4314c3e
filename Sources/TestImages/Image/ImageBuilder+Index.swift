extension ImageBuilder {
    /// The most platforms of one index.
    public static let maximumPlatforms = 32

    /// Builds an image for each platform and an index of them all (OCI image specification, image index).
    ///
    /// The images differ in `/image-mark`, whose first line is the platform, and share what `extraLayers` adds. All
    /// have the agent that is given, which really runs only where it was built for.
    ///
    /// - Parameters:
    ///   - recipe: What to build; its own `platform` is not looked at.
    ///   - platforms: In the order of the index: one to `maximumPlatforms`, each once.
    ///   - agent: The static agent binary; not looked at when the recipe leaves the agent out.
    /// - Throws: `ImageError` as `build` does, and when there is no platform, one twice, or too many.
    public static func buildIndex(
        _ recipe: ImageRecipe,
        platforms: [ImagePlatform],
        agent: [UInt8]
    ) throws(ImageError) -> BuiltIndex {
        guard (1...maximumPlatforms).contains(platforms.count), Set(platforms).count == platforms.count else {
            throw ImageError(.invalidPlatform, "an index has 1 to \(maximumPlatforms) platforms, each once")
        }
        var images: [BuiltImage] = []
        for platform in platforms {
            var copy = recipe
            copy.platform = platform
            images.append(try build(copy, agent: agent))
        }
        let index = try Blob(recipe.format.index, json: ImageIndexDocument(recipe.format.index, images))
        return BuiltIndex(index: index, images: images)
    }
}

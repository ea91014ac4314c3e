// TestImages: builds OCI images in memory and serves them from an in-process registry, so that no case ever needs an
// image from elsewhere.
import NIOCore

/// Makes an image out of a recipe.
public enum ImageBuilder {
    /// The most bytes the files and layers of one image may have, 1 GiB: images live in memory.
    public static let maximumSize = 1 << 30
    /// The most files, and the most extra layers (runtimes stop at about 120 layers).
    public static let maximumFiles = 10_000
    /// The most extra layers.
    public static let maximumExtraLayers = 100

    /// Builds the image: one layer with the files, then the extra layers.
    ///
    /// Besides the recipe's files an image has `/agent`, `/etc/passwd` and `/etc/group` (root 0, crisol 1000, nobody
    /// 65534), `/tmp` and `/var/tmp` (1777), empty `/proc /sys /dev /run`, and `/image-mark` with the platform.
    /// All times are `created`, so identical input gives identical bytes.
    ///
    /// - Parameters:
    ///   - recipe: What to build.
    ///   - agent: The static agent binary; not looked at when the recipe leaves the agent out.
    /// - Throws: `ImageError` when a path, file or mark is not allowed or a bound is passed.
    public static func build(_ recipe: ImageRecipe, agent: [UInt8]) throws(ImageError) -> BuiltImage {
        try check(recipe, agent: agent)
        let tree = try FileTree(DefaultFiles.files(for: recipe, agent: agent), recipe.files)
        var archives = [archive(tree.entries)]
        for (index, size) in recipe.extraLayers.enumerated() {
            archives.append(try fillerArchive(number: index + 1, size: size, mark: recipe.mark))
        }
        let mediaType = recipe.format.layer(recipe.compression)
        var layers: [Blob] = []
        for archive in archives { layers.append(Blob(mediaType, try recipe.compression.packed(archive))) }

        var configuration = recipe.configuration
        if recipe.includesAgent, configuration.entrypoint == nil { configuration.entrypoint = ["/agent"] }
        let configurationBlob = try Blob(
            recipe.format.configuration,
            json: ImageConfigurationDocument(
                created: created,
                architecture: recipe.platform.architecture,
                variant: recipe.platform.variant,
                os: recipe.platform.operatingSystem,
                config: configuration,
                // Of the tar itself, whatever it is packed in. Unpacked it is the blob, whose digest is known.
                rootfs: .init(
                    diffIDs: recipe.compression == .none
                        ? layers.map(\.digest.description)
                        : archives.map { ContentDigest(sha256Of: $0).description }
                ),
                history: layers.map { _ in .init(created: created, createdBy: "crisol") }
            )
        )
        let manifest = try Blob(
            recipe.format.manifest,
            json: ImageManifestDocument(
                mediaType: recipe.format.manifest,
                config: Descriptor(configurationBlob),
                layers: layers.map { Descriptor($0) }
            )
        )
        return BuiltImage(
            platform: recipe.platform,
            manifest: manifest,
            configuration: configurationBlob,
            layers: layers
        )
    }

    /// The time everything in an image has: 2000-01-01, a constant, because a digest must not depend on the day.
    static let created = "2000-01-01T00:00:00Z"
    /// `created` in seconds since 1970.
    static let modificationTime = 946_684_800

    private static func archive(_ entries: [TarEntry]) -> ByteBuffer {
        var writer = TarWriter(
            modificationTime: modificationTime,
            capacity: entries.reduce(0) { $0 + $1.size + TarWriter.overheadPerEntry }
        )
        for entry in entries { writer.append(entry) }
        return writer.finish()
    }

    private static func fillerArchive(number: Int, size: Int, mark: String) throws(ImageError) -> ByteBuffer {
        // Seeded with the mark, so that marked images share no layer.
        let filler = Filler(seed: "\(mark)/\(number)", count: size)
        return archive([
            TarEntry("layers", .directory, mode: 0o755),
            TarEntry("layers/\(number)", .file(.filler(filler)), mode: 0o644),
        ])
    }

    private static func check(_ recipe: ImageRecipe, agent: [UInt8]) throws(ImageError) {
        if recipe.includesAgent, agent.isEmpty {
            throw ImageError(.missingAgent, "the recipe includes the agent, and the agent given is empty")
        }
        guard recipe.mark.utf8.count <= 256, recipe.mark.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw ImageError(.invalidMark, "a mark is one line of printable ASCII, at most 256 bytes")
        }
        guard recipe.files.count <= maximumFiles else {
            throw ImageError(.tooLarge, "\(recipe.files.count) files, at most \(maximumFiles) are allowed")
        }
        guard recipe.extraLayers.count <= maximumExtraLayers else {
            throw ImageError(
                .tooLarge,
                "\(recipe.extraLayers.count) extra layers, at most \(maximumExtraLayers) are allowed"
            )
        }
        var room = maximumSize
        for size in recipe.extraLayers + recipe.files.values.map(\.size) {
            guard size >= 0, size <= room else {
                throw ImageError(.tooLarge, "files and layers of more than \(maximumSize) bytes, or of less than none")
            }
            room -= size
        }
    }
}

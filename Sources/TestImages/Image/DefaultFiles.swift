/// What every image has unless its recipe says otherwise: little, but enough that user names, temporary files and the
/// runtime's own mounts have somewhere to be.
///
/// `/etc/hosts`, `/etc/hostname` and `/etc/resolv.conf` are left out on purpose: they are the runtime's to provide, and
/// a file from the image would hide that it did not.
enum DefaultFiles {
    static func files(for recipe: ImageRecipe, agent: [UInt8]) -> [String: ImageFile] {
        var files: [String: ImageFile] = [
            "/etc/passwd": .text(passwd),
            "/etc/group": .text(group),
            "/tmp": .directory(mode: 0o1777),
            "/var/tmp": .directory(mode: 0o1777),
            "/proc": .directory(),
            "/sys": .directory(),
            "/dev": .directory(),
            "/run": .directory(),
            "/image-mark": .text(mark(of: recipe)),
        ]
        if recipe.includesAgent { files["/agent"] = .file(agent, mode: 0o755) }
        return files
    }

    /// The platform on the first line; the recipe's mark, if it has one, on the second.
    static func mark(of recipe: ImageRecipe) -> String {
        recipe.mark.isEmpty ? "\(recipe.platform)\n" : "\(recipe.platform)\n\(recipe.mark)\n"
    }

    private static let passwd = """
        root:x:0:0:root:/:/agent
        crisol:x:1000:1000:crisol:/tmp:/agent
        nobody:x:65534:65534:nobody:/:/agent

        """

    private static let group = """
        root:x:0:
        crisol:x:1000:
        nogroup:x:65534:

        """
}

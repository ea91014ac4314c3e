/// Where the cgroup is that a pod was given as its parent (CRI `LinuxPodSandboxConfig.cgroup_parent`).
enum CgroupParent {
    /// The folder below the root of a hierarchy, beginning with a slash.
    ///
    /// With the systemd driver the parent is the name of a slice, which lies in those that its name begins with:
    /// `a-b.slice` in `a.slice` (systemd.slice(5)).
    static func path(of parent: String) -> String {
        if parent.hasPrefix("/") { return parent }
        guard parent.hasSuffix(".slice"), !parent.contains("/"), parent != "-.slice" else { return "/" + parent }
        var path = ""
        var name = ""
        for part in parent.dropLast(".slice".count).split(separator: "-", omittingEmptySubsequences: false) {
            name += name.isEmpty ? String(part) : "-\(part)"
            path += "/\(name).slice"
        }
        return path
    }
}

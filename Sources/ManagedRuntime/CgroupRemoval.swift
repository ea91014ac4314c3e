import Foundation

/// Removes the cgroups of a run: kills what is in them and takes the folders away, deepest first. With the systemd driver
/// they are slices, which systemd is told to stop: it keeps those it made for a scope.
public enum CgroupRemoval {
    /// The folders of this name below the root of every mounted hierarchy.
    public static func folders(named name: String) -> [String] {
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 1, fields.count > 4,
                fields[dash + 1].hasPrefix("cgroup")
            else { return nil }
            let folder = "\(fields[4])/\(name)"
            return FileManager.default.fileExists(atPath: folder) ? folder : nil
        }
    }

    /// Removes them; what is left after five seconds, in sentences.
    static func remove(named name: String) async -> [String] {
        // The name comes from a file; nothing but a run's own cgroup may be meant by it.
        guard name.wholeMatch(of: /crisol-[a-z0-9]+/) != nil else { return ["'\(name)' is no cgroup of a run"] }
        let slice = slice(of: name)
        await stop(slice)
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(5)
        while true {
            let tops = folders(named: name) + folders(named: slice)
            for top in tops { removeTree(top) }
            let left = folders(named: name) + folders(named: slice)
            if left.isEmpty { return [] }
            if clock.now >= deadline { return left.map { "the cgroup \($0) cannot be removed" } }
            try? await Task.sleep(for: .milliseconds(50), clock: clock)
        }
    }

    /// The slice of a run's pods with the systemd driver.
    ///
    /// - Parameter name: that of the run's cgroup, `crisol-ID`. A dash in a slice's name means a slice in a slice.
    public static func slice(of name: String) -> String { name.replacing("-", with: "_") + ".slice" }

    /// Stops a slice with all in it, where systemd has it.
    private static func stop(_ slice: String) async {
        guard !folders(named: slice).isEmpty,
            let systemctl = ["/usr/bin", "/bin"].map({ "\($0)/systemctl" })
                .first(where: FileManager.default.isExecutableFile(atPath:))
        else { return }
        _ = try? await ChildProcess.run(systemctl, ["--no-ask-password", "stop", slice])
    }

    private static func removeTree(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder), isFolder.boolValue {
                removeTree("\(folder)/\(name)")
            }
        }
        let members = (try? String(contentsOfFile: "\(folder)/cgroup.procs", encoding: .utf8)) ?? ""
        for line in members.split(separator: "\n") { if let pid = Int32(line), pid > 1 { kill(pid, SIGKILL) } }
        if !members.isEmpty { try? Data("THAWED".utf8).write(to: URL(fileURLWithPath: "\(folder)/freezer.state")) }
        rmdir(folder)
    }
}

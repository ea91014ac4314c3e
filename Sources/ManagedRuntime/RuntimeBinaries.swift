import Foundation

/// The programs a private containerd needs, and where they are.
public struct RuntimeBinaries: Sendable {
    /// The daemon.
    public let containerd: String
    /// Folders with `containerd-shim-runc-v2` and `runc`, for the daemon's PATH.
    public let searchPath: [String]
    /// The folder with the CNI plugins.
    public let plugins: String
    /// As `containerd --version` reports it.
    public let version: String

    /// Where the programs come from.
    public enum Source: Sendable, Hashable {
        /// This machine's own, else its distribution's packages.
        case machine
        /// A folder.
        case tree(String)
        /// The containerd of whichever Debian suite has this version, `1.7`.
        case debian(version: String)
    }

    private static let packages = ["containerd", "runc", "containernetworking-plugins"]

    /// Finds the programs: in a tree that was named, else on this machine, else unpacks the distribution's packages
    /// into a private folder. Nothing is ever installed.
    ///
    /// - Throws: `RuntimeError` naming what is missing and how to get it.
    public static func locate(
        _ source: Source,
        cache: String,
        environment: [String: String],
        progress: @escaping @Sendable (String) -> Void
    ) async throws(RuntimeError) -> RuntimeBinaries {
        // Runs that begin together on a new machine would unpack into the same folders, or take what is half unpacked.
        try await FolderTurn.take(in: cache) {
            progress("waiting for another crisol, which has the packages in \(cache)")
        } _: { () async throws(RuntimeError) in
            try await locateAlone(source, cache: cache, environment: environment, progress: progress)
        }
    }

    private static func locateAlone(
        _ source: Source,
        cache: String,
        environment: [String: String],
        progress: @escaping @Sendable (String) -> Void
    ) async throws(RuntimeError) -> RuntimeBinaries {
        let tree: String?
        switch source {
        case .machine: tree = nil
        case .tree(let folder): tree = folder
        case .debian(let version): tree = try await DebianSuites(cache: cache, progress: progress).folder(of: version)
        }
        if let tree {
            guard FileManager.default.fileExists(atPath: tree) else {
                throw RuntimeError(.missing, "there is no folder \(tree)")
            }
            guard
                FileManager.default.isExecutableFile(atPath: "\(tree)/containerd")
                    || folders(below: tree).contains(where: {
                        FileManager.default.isExecutableFile(atPath: "\($0)/containerd")
                    })
            else { throw RuntimeError(.missing, "there is no containerd in \(tree)") }
            // runc and the network plugins need not be in the tree: those of this distribution serve.
            let places = folders(below: tree) + folders(below: "\(cache)/containerd") + system(environment)
            if let found = try await whole(in: places, named: tree) { return found }
            progress("unpacking the packages \(packages.joined(separator: ", ")) into \(cache)/containerd")
            try await unpack(into: "\(cache)/containerd")
            return try await complete(in: places, named: tree)
        }
        if let found = try await whole(in: system(environment), named: "PATH") { return found }
        let unpacked = "\(cache)/containerd"
        let places = folders(below: unpacked) + system(environment)
        if let found = try await whole(in: places, named: unpacked) { return found }
        progress("unpacking the packages \(packages.joined(separator: ", ")) into \(unpacked)")
        try await unpack(into: unpacked)
        return try await complete(in: places, named: unpacked)
    }

    private static func folders(below tree: String) -> [String] {
        [
            "", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/lib/cni",
            "/opt/cni/bin",
        ]
        .map { tree + $0 }
    }

    private static func system(_ environment: [String: String]) -> [String] {
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return path + ["/usr/sbin", "/sbin", "/usr/lib/cni", "/opt/cni/bin"]
    }

    /// All that is needed; `nil` when some of it is missing.
    private static func whole(in places: [String], named origin: String) async throws(RuntimeError) -> RuntimeBinaries?
    {
        do {
            return try await complete(in: places, named: origin)
        } catch {
            if error.signal != nil { throw error }
            return nil
        }
    }

    private static func complete(in places: [String], named origin: String) async throws(RuntimeError)
        -> RuntimeBinaries
    {
        func find(_ name: String) throws(RuntimeError) -> String {
            for place in places where FileManager.default.isExecutableFile(atPath: "\(place)/\(name)") { return place }
            throw RuntimeError(.missing, "\(name) is neither in \(origin) nor on this machine")
        }
        let daemon = try find("containerd")
        let shim = try find("containerd-shim-runc-v2")
        let runc = try find("runc")
        let plugins = try find("bridge")
        let (ending, output) = try await ChildProcess.prepare("\(daemon)/containerd", ["--version"])
        guard ending.code == 0 else {
            throw RuntimeError(.missing, "\(daemon)/containerd --version \(ending): \(output.prefix(200))")
        }
        // "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1"
        let words = output.split { $0 == " " || $0 == "\n" }
        return RuntimeBinaries(
            containerd: "\(daemon)/containerd",
            searchPath: [shim, runc],
            plugins: plugins,
            version: words.count > 2 ? String(words[2]) : ""
        )
    }

    /// Unpacks all packages; the folder is there with all of them or not at all.
    private static func unpack(into folder: String) async throws(RuntimeError) {
        let downloads = folder + ".packages"
        let beside = folder + ".new"
        defer {
            try? FileManager.default.removeItem(atPath: downloads)
            try? FileManager.default.removeItem(atPath: beside)
        }
        do {
            for place in [downloads, beside] {
                // What was on its way when something stopped it.
                try? FileManager.default.removeItem(atPath: place)
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            }
        } catch {
            throw RuntimeError(.system, "\(folder) cannot be made: \(error.localizedDescription)")
        }
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/apt-get") else {
            throw RuntimeError(
                .missing,
                "containerd is not on this machine and there is no apt-get: name a folder with it, --managed containerd=DIR"
            )
        }
        var (ending, output) = try await ChildProcess.prepare(
            "/usr/bin/apt-get",
            ["-q", "download"] + packages,
            in: downloads
        )
        if ending.code != 0 {
            // A fresh machine has no package lists yet.
            _ = try await ChildProcess.prepare("/usr/bin/apt-get", ["-q", "update"])
            (ending, output) = try await ChildProcess.prepare(
                "/usr/bin/apt-get",
                ["-q", "download"] + packages,
                in: downloads
            )
        }
        guard ending.code == 0 else {
            throw RuntimeError(
                .missing,
                "apt-get download \(packages.joined(separator: " ")) \(ending): \(output.suffix(400))"
            )
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: downloads)) ?? [] where name.hasSuffix(".deb")
        {
            let (ending, output) = try await ChildProcess.prepare(
                "/usr/bin/dpkg-deb",
                ["-x", "\(downloads)/\(name)", beside]
            )
            guard ending.code == 0 else {
                throw RuntimeError(.missing, "dpkg-deb -x \(name) \(ending): \(output.suffix(400))")
            }
        }
        do {
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.moveItem(atPath: beside, toPath: folder)
        } catch {
            throw RuntimeError(.system, "\(folder) cannot be made: \(error.localizedDescription)")
        }
    }
}

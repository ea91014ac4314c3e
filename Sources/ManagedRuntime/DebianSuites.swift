import Foundation

/// The containerd of another Debian suite, unpacked into a private folder: how one machine judges several versions.
///
/// Packages come from where this machine's own apt gets its packages. Only containerd's own programs are kept: another
/// suite's runc may want a newer libc.
struct DebianSuites {
    /// Asked in this order; the first that has a version in question serves it.
    private static let names = ["oldstable", "stable", "testing", "unstable"]
    private static let programs = ["containerd", "containerd-shim-runc-v2", "ctr"]

    let cache: String
    let progress: @Sendable (String) -> Void

    /// The folder with a containerd of a version, `1.7` or `1.7.24`.
    ///
    /// - Throws: `RuntimeError` naming the versions there are.
    func folder(of version: String) async throws(RuntimeError) -> String {
        if let folder = unpacked(version) { return folder }
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/apt-get") else {
            throw RuntimeError(.missing, "there is no apt-get here: name a folder, --managed containerd=DIR")
        }
        let address = try await sourceAddress()
        var seen: [String] = []
        var unread: [String] = []
        for suite in Self.names {
            let apt = try Apt(suite: suite, address: address, folder: "\(cache)/apt-\(suite)")
            defer { apt.remove() }
            progress("looking for containerd \(version) in Debian's \(suite)")
            let found: PackageVersion
            switch try await apt.version(of: "containerd") {
            case .version(let version): found = version
            case .absent: continue
            case .unreadable(let problem):
                unread.append("\(suite) could not be read: \(problem)")
                continue
            }
            seen.append("\(found.upstream) (\(suite))")
            guard Self.matches(found.upstream, version) else { continue }
            progress("unpacking containerd \(found.full) of Debian's \(suite)")
            return try await install(apt, found)
        }
        throw RuntimeError(
            .missing,
            "no Debian suite has containerd \(version); "
                + (["there are \(seen.isEmpty ? "none" : seen.joined(separator: ", "))"] + unread).joined(
                    separator: "; "
                )
        )
    }

    /// `1.7` is every 1.7, `1.7.24` only that.
    static func matches(_ version: String, _ wanted: String) -> Bool {
        version == wanted || version.hasPrefix(wanted + ".")
    }

    /// The folder of a version that was unpacked earlier.
    func unpacked(_ version: String) -> String? {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []).sorted()
        return names.last { name in
            // Not `containerd-1.7.24.new`, which was on its way when something stopped it.
            guard let found = name.wholeMatch(of: /containerd-([0-9.]+)/)?.1 else { return false }
            return Self.matches(String(found), version)
                && Self.programs.allSatisfy {
                    FileManager.default.isExecutableFile(atPath: "\(cache)/\(name)/\($0)")
                }
        }.map { "\(cache)/\($0)" }
    }

    private func install(_ apt: Apt, _ version: PackageVersion) async throws(RuntimeError) -> String {
        let tree = try await apt.unpack("containerd", version)
        let folder = "\(cache)/containerd-\(version.upstream)"
        let beside = folder + ".new"
        defer { try? FileManager.default.removeItem(atPath: beside) }
        do {
            try? FileManager.default.removeItem(atPath: beside)
            try FileManager.default.createDirectory(atPath: beside, withIntermediateDirectories: true)
            for name in Self.programs {
                try FileManager.default.copyItem(atPath: "\(tree)/usr/bin/\(name)", toPath: "\(beside)/\(name)")
            }
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.moveItem(atPath: beside, toPath: folder)
        } catch {
            throw RuntimeError(.system, "\(folder) cannot be made: \(error.localizedDescription)")
        }
        return folder
    }

    private func sourceAddress() async throws(RuntimeError) -> String {
        let (ending, output) = try await ChildProcess.prepare(
            "/usr/bin/apt-get",
            ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
        )
        let lines = output.split(separator: "\n").map(String.init).filter { !$0.contains("security") }
        guard ending.code == 0, let address = lines.first else {
            throw RuntimeError(.missing, "this machine's apt has no package source")
        }
        return address
    }
}

/// A version of a Debian package (deb-version(7)).
struct PackageVersion: Sendable, Hashable {
    /// `1.6.20~ds1-1+b1`
    let full: String

    /// What of it is upstream's own: `1.6.20`.
    var upstream: String {
        let noEpoch = full.split(separator: ":", maxSplits: 1).last ?? ""
        return String(noEpoch.prefix { $0.isNumber || $0 == "." })
    }
}

/// apt-get with one suite as its only source and all its files in a folder of its own.
private struct Apt {
    let folder: String
    private let options: [String]

    init(suite: String, address: String, folder: String) throws(RuntimeError) {
        self.folder = folder
        let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
        let signed = FileManager.default.fileExists(atPath: keyring) ? " [signed-by=\(keyring)]" : ""
        do {
            for name in ["lists/partial", "cache/archives/partial", "out"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
            try Data("deb\(signed) \(address) \(suite) main\n".utf8).write(
                to: URL(fileURLWithPath: "\(folder)/sources.list")
            )
        } catch {
            throw RuntimeError(.system, "\(folder) cannot be made: \(error.localizedDescription)")
        }
        options = [
            "-q", "-o", "Dir::Etc::sourcelist=\(folder)/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
            "-o", "Dir::State::lists=\(folder)/lists", "-o", "Dir::Cache=\(folder)/cache",
            "-o", "APT::Sandbox::User=root",
        ]
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// What a suite says about a package.
    enum Answer {
        case version(PackageVersion)
        case absent
        /// Nothing: its lists could not be read.
        case unreadable(String)
    }

    func version(of package: String) async throws(RuntimeError) -> Answer {
        let (updated, problem) = try await ChildProcess.prepare("/usr/bin/apt-get", options + ["update"])
        // A suite that is not there is an error too; the last line says which file of it was asked for.
        guard updated.code == 0 else { return .unreadable(Self.lastError(problem) ?? "apt-get update \(updated)") }
        let (ending, output) = try await ChildProcess.prepare("/usr/bin/apt-cache", options + ["madison", package])
        guard ending.code == 0 else { return .unreadable(Self.lastError(output) ?? "apt-cache madison \(ending)") }
        guard let line = output.split(separator: "\n").first else { return .absent }
        let fields = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        return fields.count > 1 ? .version(PackageVersion(full: fields[1])) : .absent
    }

    private static func lastError(_ output: String) -> String? {
        output.split(separator: "\n").last { $0.hasPrefix("E: ") }.map { String($0.dropFirst(3)) }
    }

    /// Downloads a package and unpacks it; the folder with its files.
    func unpack(_ package: String, _ version: PackageVersion) async throws(RuntimeError) -> String {
        let (ending, output) = try await ChildProcess.prepare(
            "/usr/bin/apt-get",
            options + ["download", "\(package)=\(version.full)"],
            in: "\(folder)/out"
        )
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/out")) ?? []
        guard ending.code == 0, let archive = names.first(where: { $0.hasSuffix(".deb") }) else {
            throw RuntimeError(.missing, "apt-get download \(package) \(ending): \(output.suffix(400))")
        }
        let (unpacked, problem) = try await ChildProcess.prepare(
            "/usr/bin/dpkg-deb",
            ["-x", "\(folder)/out/\(archive)", "\(folder)/tree"]
        )
        guard unpacked.code == 0 else {
            throw RuntimeError(.missing, "dpkg-deb -x \(archive) \(unpacked): \(problem.suffix(400))")
        }
        return "\(folder)/tree"
    }
}

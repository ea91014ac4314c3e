internal import Foundation

/// Puts the proxy between a node's kubelet and its runtime, in its configuration: exactly one place of it is changed,
/// two units are written, and a record of both is kept. Nothing is started or stopped.
public struct ProxyInstallation: Sendable {
    /// What the proxy is to be.
    public struct Wish: Sendable {
        /// Where crisol is on the node.
        public var program: String
        /// The folder that stands for `/`.
        public var root = "/"
        /// The unit that starts kubelet.
        public var unit = "kubelet.service"
        /// The socket's path; `nil` for the one that fits the runtime.
        public var listen: String?
        /// More words for `crisol proxy`.
        public var options: [String] = []

        /// Wishes a proxy that is this program.
        public init(program: String) { self.program = program }
    }

    private static let ownFolder = "/run/crisol"
    /// kubelet and cAdvisor go by this end of a path (UsingLegacyCadvisorStats, CrioSocketSuffix).
    private static let crioSuffix = "run/crio/crio.sock"
    /// What a unix socket's address has room for, without the closing zero (unix(7)).
    private static let pathLimit = 107

    /// The place that is changed.
    public let place: EndpointPlace
    /// All that name an endpoint.
    public let places: [EndpointPlace]
    /// The endpoint kubelet will be told.
    public let endpoint: String
    /// What must be done by hand, and what to know.
    public let notes: [String]

    private let files: NodeFiles
    private let unit: String
    private let before: NodeFiles.Content
    private let after: Data
    private let units: [(path: String, text: String)]

    /// Plans the installation; nothing is changed.
    ///
    /// - Throws: why that is not safe, with what was found.
    public init(_ wish: Wish) throws(InstallProblem) {
        files = NodeFiles(root: wish.root)
        unit = wish.unit
        if try InstallRecord.read(files) != nil {
            throw InstallProblem("the proxy is installed already (\(InstallRecord.path)); uninstall it first")
        }
        places = try EndpointSearch(root: wish.root, unit: wish.unit).places()
        place = places[0]
        if place.path.hasPrefix("/usr/") || place.path.hasPrefix("/lib/") {
            throw InstallProblem(
                "\(place.path) belongs to a package, whose next version would take the change back; put the option into a drop-in ('systemctl edit \(wish.unit)') or into KUBELET_EXTRA_ARGS",
                places.map(\.text)
            )
        }
        let upstream = try Self.path(place.endpoint, places)
        let listen = try Self.listen(wish.listen, upstream)
        guard let content = try files.read(place.path), let text = content.text else {
            throw InstallProblem("\(place.path) is no text that can be changed")
        }
        endpoint = "unix://\(listen)"
        before = content
        // Without the scheme kubelet takes it too, and whoever reads it later knows the file as it was.
        let written = place.endpoint.hasPrefix("unix:") ? endpoint : listen
        after = Data(try EndpointEdit(place: place).apply(to: text, new: written).utf8)
        let unit = ProxyUnits(
            program: wish.program,
            listen: listen,
            upstream: upstream,
            kubelet: wish.unit,
            options: wish.options,
            like: Self.like(files.place(upstream))
        )
        units = [
            ("\(ProxyUnits.folder)/\(ProxyUnits.socketName)", unit.socket),
            ("\(ProxyUnits.folder)/\(ProxyUnits.serviceName)", unit.service),
        ]
        for path in units.map(\.path) + ProxyUnits.links.map(\.0) where files.exists(path) {
            throw InstallProblem("\(path) is there already, and no record says that crisol made it: remove it first")
        }
        notes = Self.notes(places, wish)
    }

    private static func path(_ endpoint: String, _ places: [EndpointPlace]) throws(InstallProblem) -> String {
        var path = endpoint
        for scheme in ["unix://", "unix:"] where path.hasPrefix(scheme) {
            path = String(path.dropFirst(scheme.count))
            break
        }
        guard path.hasPrefix("/"), !path.contains(where: \.isWhitespace) else {
            throw InstallProblem("'\(endpoint)' is no unix socket, and only those can be relayed", places.map(\.text))
        }
        guard !path.hasPrefix("\(ownFolder)/") else {
            throw InstallProblem("kubelet goes by '\(endpoint)' already, and no record tells what it went by before")
        }
        return path
    }

    private static func listen(_ wished: String?, _ upstream: String) throws(InstallProblem) -> String {
        let isCRIO = upstream.hasSuffix(crioSuffix)
        let listen = wished ?? (isCRIO ? "\(ownFolder)/\(crioSuffix)" : "\(ownFolder)/cri.sock")
        guard listen.hasPrefix("/"), listen != upstream,
            !listen.contains(where: { $0.isWhitespace || "\"'%$\\".contains($0) })
        else { throw InstallProblem("'\(listen)' is no path the proxy can listen on") }
        guard listen.utf8.count <= pathLimit else {
            throw InstallProblem("\(listen) is longer than the \(pathLimit) bytes of a socket's path")
        }
        guard !isCRIO || listen.hasSuffix(crioSuffix) else {
            throw InstallProblem(
                "with CRI-O kubelet takes its statistics from the runtime only when the path ends in '\(crioSuffix)', which \(listen) does not"
            )
        }
        return listen
    }

    private static func like(_ socket: String) -> (mode: UInt32, owner: UInt32, group: UInt32)? {
        var status = stat()
        guard stat(socket, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return (status.st_mode & 0o7777, status.st_uid, status.st_gid)
    }

    private static func notes(_ places: [EndpointPlace], _ wish: Wish) -> [String] {
        var notes = places.dropFirst().map { "left as it is: \($0.text)" }
        if places.contains(where: { $0.path == EndpointSearch.instanceConfig }) {
            notes.append(
                "the next 'kubeadm upgrade' writes \(EndpointSearch.instanceConfig) over it: uninstall before, install again after"
            )
        }
        notes.append(
            "systemctl daemon-reload && systemctl start \(ProxyUnits.socketName) && systemctl restart \(wish.unit)"
        )
        return notes
    }

    /// What would be done, as a diff of every file that changes.
    public var diff: String {
        var diff = UnifiedDiff.text(path: place.path, old: before.bytes, new: after)
        for (path, text) in units { diff += UnifiedDiff.text(path: path, old: nil, new: Data(text.utf8)) }
        for (link, target) in ProxyUnits.links { diff += "new link \(link) -> \(target)\n" }
        return diff
    }

    /// Does it. What fails half-way is taken back.
    ///
    /// - Throws: what could not be done.
    public func install() throws(InstallProblem) {
        var record = InstallRecord(
            changed: place.path,
            before: before,
            after: after,
            form: place.form.rawValue,
            oldEndpoint: place.endpoint,
            newEndpoint: endpoint,
            created: Dictionary(uniqueKeysWithValues: units.map { ($0.path, Data($0.text.utf8)) }),
            links: Dictionary(uniqueKeysWithValues: ProxyUnits.links),
            unit: unit
        )
        let recordFolder = (InstallRecord.path as NSString).deletingLastPathComponent
        record.folders += try files.makeFolder(recordFolder)
        // First the record: whatever happens then can be taken back.
        try record.write(files)
        do throws(InstallProblem) {
            for (path, text) in units {
                record.folders += try files.makeFolder((path as NSString).deletingLastPathComponent)
                try files.write(Self.unitFile(text), to: path)
            }
            for (link, target) in ProxyUnits.links {
                record.folders += try files.makeFolder((link as NSString).deletingLastPathComponent)
                try files.makeLink(link, to: target)
            }
            try record.write(files)
            var content = before
            content.bytes = after
            try files.write(content, to: place.path)
        } catch {
            let left = (try? ProxyRemoval(root: files.root).takeBack(record))?.left ?? []
            throw InstallProblem(error.lines[0], Array(error.lines.dropFirst()) + left)
        }
    }

    private static func unitFile(_ text: String) -> NodeFiles.Content {
        NodeFiles.Content(bytes: Data(text.utf8), mode: 0o644, owner: UInt32(getuid()), group: UInt32(getgid()))
    }
}

/// Finds where this node's kubelet has its runtime's socket from.
///
/// A flag wins over every configuration file; a file of `--config-dir`, or of a folder below it, wins over that of
/// `--config`; without either kubelet uses containerd's socket. What kubeadm keeps for its next upgrade is found too and never in force.
public struct EndpointSearch: Sendable {
    /// kubelet's default (KubeletConfiguration v1beta1).
    static let defaultEndpoint = "unix:///run/containerd/containerd.sock"
    /// Where kubeadm keeps the endpoint of a node for its next upgrade (KEP 4656).
    static let instanceConfig = "/var/lib/kubelet/instance-config.yaml"
    private static let usual = ["/var/lib/kubelet/config.yaml", "/etc/kubernetes/kubelet-config.yaml"]
    private static let flags = ["/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet", "/etc/sysconfig/kubelet"]

    private let files: NodeFiles
    private let unit: String

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - root: the folder that stands for `/`.
    ///   - unit: the unit that starts kubelet.
    public init(root: String = "/", unit: String = "kubelet.service") {
        files = NodeFiles(root: root)
        self.unit = unit
    }

    /// Every place that names an endpoint, the one in force first.
    ///
    /// - Throws: when that cannot be told for sure, with all that was found.
    public func places() throws(InstallProblem) -> [EndpointPlace] {
        guard let command = try ServiceCommand(unit, files) else {
            throw InstallProblem(
                "no unit \(unit) starts kubelet here, so it cannot be told which file it goes by",
                try strays(except: []).map(\.text) + [
                    "k3s, rke2 and microk8s start kubelet themselves: give their own --container-runtime-endpoint option the proxy's socket"
                ]
            )
        }
        let flags = try FlagWords(command).values(of: EndpointPlace.Form.flag.rawValue)
        var places: [EndpointPlace] = []
        for flag in flags {
            places.append(
                EndpointPlace(path: flag.path, line: flag.line, form: .flag, endpoint: flag.value, shadow: nil)
            )
        }
        if places.count > 1 {
            throw InstallProblem(
                "kubelet's command line names \(EndpointPlace.Form.flag.rawValue) \(places.count) times; leave one",
                places.map(\.text)
            )
        }
        var configured = try configured(command)
        if !places.isEmpty {
            // A field that is not there is no place that anybody needs to hear of.
            configured = configured.filter { $0.form == .field }
            places += configured.map { $0.shadow == nil ? $0.shadowed("the flag wins") : $0 }
        } else {
            places += configured
        }
        guard places.contains(where: { $0.shadow == nil }) else {
            throw InstallProblem(
                "kubelet is started with neither \(EndpointPlace.Form.flag.rawValue) nor --config, so there is no place to change",
                command.files.map { "\($0) starts it" } + (try strays(except: places)).map(\.text)
            )
        }
        return places + (try strays(except: places))
    }

    /// What the files of `--config-dir`, in all depths, and `--config` say, the one in force first.
    private func configured(_ command: ServiceCommand) throws(InstallProblem) -> [EndpointPlace] {
        let words = FlagWords(command)
        let config = try main(try words.values(of: "--config").last)
        var places: [EndpointPlace] = []
        if let folder = try words.values(of: "--config-dir").last, !folder.value.isEmpty {
            for path in try files.walk(try Self.whole(folder, "--config-dir"), endingWith: ".conf") {
                guard let text = try files.text(path) else { continue }
                if let place = Self.place(try KubeletConfigFile(path: path, text: text)) { places.append(place) }
            }
        }
        // The last file in that order wins.
        var ordered: [EndpointPlace] = []
        for place in places.reversed() {
            ordered.append(ordered.isEmpty ? place : place.shadowed("\(ordered[0].path) wins"))
        }
        guard let config else { return ordered }
        if let place = Self.place(config) {
            ordered.append(ordered.isEmpty ? place : place.shadowed("\(ordered[0].path) wins"))
        } else if ordered.isEmpty {
            let lines = config.text.lines.count
            ordered = [
                EndpointPlace(
                    path: config.path,
                    line: lines,
                    form: .missing,
                    endpoint: Self.defaultEndpoint,
                    shadow: nil
                )
            ]
        }
        return ordered
    }

    /// The file of `--config`; `nil` without one.
    private func main(_ flag: FlagWords.Value?) throws(InstallProblem) -> KubeletConfigFile? {
        guard let flag else { return nil }
        guard let text = try files.text(try Self.whole(flag, "--config")) else {
            throw InstallProblem(
                "\(flag.value), which \(flag.path):\(flag.line) names as kubelet's --config, is not there"
            )
        }
        return try KubeletConfigFile(path: flag.value, text: text)
    }

    private static func whole(_ flag: FlagWords.Value, _ name: String) throws(InstallProblem) -> String {
        guard flag.value.hasPrefix("/") else {
            throw InstallProblem("\(flag.path):\(flag.line): \(name) is no whole path: \(flag.value)")
        }
        return flag.value
    }

    private static func place(_ config: KubeletConfigFile) -> EndpointPlace? {
        config.endpoint.map { value, line in
            // An empty one is no endpoint: kubelet falls back to its default.
            EndpointPlace(
                path: config.path,
                line: line,
                form: .field,
                endpoint: value.isEmpty ? defaultEndpoint : value,
                shadow: nil
            )
        }
    }

    /// Files of the usual names that mention an endpoint and that kubelet is not started with.
    private func strays(except known: [EndpointPlace]) throws(InstallProblem) -> [EndpointPlace] {
        var strays: [EndpointPlace] = []
        for path in [Self.instanceConfig] + Self.usual where !known.contains(where: { $0.path == path }) {
            guard let text = try files.text(path), let config = try? KubeletConfigFile(path: path, text: text),
                let place = Self.place(config)
            else { continue }
            strays.append(
                place.shadowed(
                    path == Self.instanceConfig
                        ? "kubeadm writes it into config.yaml at its next upgrade"
                        : "kubelet is not started with this file"
                )
            )
        }
        for path in Self.flags where !known.contains(where: { $0.path == path }) {
            guard let text = try files.text(path) else { continue }
            for (_, value, line) in SystemdWords.environmentFile(text) {
                let words = (SystemdWords.split(value) ?? []).map {
                    ServiceCommand.Word(text: $0, path: path, line: line)
                }
                for flag in (try? FlagWords(words).values(of: EndpointPlace.Form.flag.rawValue)) ?? [] {
                    let place = EndpointPlace(path: path, line: line, form: .flag, endpoint: flag.value, shadow: nil)
                    strays.append(place.shadowed("kubelet is not started with this variable"))
                }
            }
        }
        return strays
    }
}

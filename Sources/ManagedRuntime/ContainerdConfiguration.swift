import Foundation

/// The configuration of a private containerd: everything below folders of its own.
public struct ContainerdConfiguration: Sendable {
    /// A private folder; root, state, socket and network configuration are below it.
    public var folder: String
    /// The image of sandboxes.
    public var sandboxImage: String
    /// The folder with the standard CNI plugins.
    public var plugins: String
    /// `overlayfs`, or `native` where overlays cannot be mounted.
    public var snapshotter: String
    /// Without CAP_SYS_RESOURCE nobody may lower `oom_score_adj`, and every sandbox would fail.
    public var restrictsOOMScoreAdjustment: Bool

    /// Registries with TLS, `127.0.0.1:5000`, and the authority to trust for all of them, in PEM.
    public var secureRegistries: (hosts: [String], authorityPEM: String) = ([], "")

    /// The bridge of its pods and their addresses.
    public var bridge = (name: "crisol0", subnet: "10.213.0.0/16")

    /// As `containerd --version` reports it; 2 and newer read another form of the file.
    public var version: String

    /// Creates a configuration.
    public init(
        version: String,
        folder: String,
        sandboxImage: String,
        plugins: String,
        snapshotter: String,
        restrictsOOMScoreAdjustment: Bool
    ) {
        self.version = version
        self.folder = folder
        self.sandboxImage = sandboxImage
        self.plugins = plugins
        self.snapshotter = snapshotter
        self.restrictsOOMScoreAdjustment = restrictsOOMScoreAdjustment
    }

    /// The socket.
    public var socket: String { "\(folder)/containerd.sock" }
    var networkFolder: String { "\(folder)/cni" }

    /// The file, in the form this containerd reads.
    public var toml: String { (Int(version.prefix { $0 != "." }) ?? 1) >= 2 ? tomlVersion3 : tomlVersion2 }

    /// Configuration version 3 (containerd 2.0 and newer; 2.x reads what a later version adds to it as version 4).
    private var tomlVersion3: String {
        """
        version = 3
        root = "\(folder)/root"
        state = "\(folder)/state"
        disabled_plugins = [
          "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
          "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.blockfile",
          "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
        ]

        [grpc]
          address = "\(socket)"

        [debug]
          level = "info"

        [plugins."io.containerd.internal.v1.opt"]
          path = "\(folder)/opt"

        [plugins."io.containerd.nri.v1.nri"]
          disable = true

        [plugins."io.containerd.cri.v1.images"]
          snapshotter = "\(snapshotter)"

          [plugins."io.containerd.cri.v1.images".registry]
            config_path = "\(folder)/certs.d"

          [plugins."io.containerd.cri.v1.images".pinned_images]
            sandbox = "\(sandboxImage)"

        [plugins."io.containerd.cri.v1.runtime"]
          restrict_oom_score_adj = \(restrictsOOMScoreAdjustment)

          [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
            runtime_type = "io.containerd.runc.v2"

            [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
              SystemdCgroup = false

          [plugins."io.containerd.cri.v1.runtime".cni]
            bin_dirs = ["\(folder)/plugins"]
            conf_dir = "\(networkFolder)"

        """
    }

    /// Configuration version 2 (containerd 1.6 and 1.7).
    private var tomlVersion2: String {
        """
        version = 2
        root = "\(folder)/root"
        state = "\(folder)/state"
        disabled_plugins = [
          "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
          "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
          "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
        ]

        [grpc]
          address = "\(socket)"

        [debug]
          level = "info"

        [plugins."io.containerd.internal.v1.opt"]
          path = "\(folder)/opt"

        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = "\(sandboxImage)"
          restrict_oom_score_adj = \(restrictsOOMScoreAdjustment)

          [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "\(snapshotter)"

            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
              runtime_type = "io.containerd.runc.v2"

              [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                SystemdCgroup = false

          [plugins."io.containerd.grpc.v1.cri".registry]
            config_path = "\(folder)/certs.d"

          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = "\(folder)/plugins"
            conf_dir = "\(networkFolder)"

        """
    }

    /// The network: a bridge with addresses from a private range, and host ports.
    private var networkList: String {
        """
        {
          "cniVersion": "0.4.0",
          "name": "crisol",
          "plugins": [
            {
              "type": "\(ManagedNetwork.pluginName)",
              "bridge": "\(bridge.name)",
              "isGateway": true,
              "ipMasq": false,
              "hairpinMode": true,
              "ipam": {
                "type": "host-local",
                "dataDir": "\(folder)/networks",
                "ranges": [[{"subnet": "\(bridge.subnet)"}]],
                "routes": [{"dst": "0.0.0.0/0"}]
              }
            },
            {"type": "\(ManagedNetwork.portPluginName)", "capabilities": {"portMappings": true}}
          ]
        }

        """
    }

    /// Writes the files and makes the folders.
    func install() throws(RuntimeError) {
        try ManagedNetwork(folder: folder).install(plugins: plugins)
        do {
            for name in ["root", "state", "opt", "cni", "networks", "certs.d"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
            try Data(toml.utf8).write(to: URL(fileURLWithPath: "\(folder)/config.toml"))
            try Data(secureRegistries.authorityPEM.utf8).write(to: URL(fileURLWithPath: "\(folder)/authority.pem"))
            for host in secureRegistries.hosts {
                // https://github.com/containerd/containerd/blob/main/docs/hosts.md
                let text = """
                    server = "https://\(host)"
                    [host."https://\(host)"]
                      capabilities = ["pull", "resolve"]
                      ca = "\(folder)/authority.pem"

                    """
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/certs.d/\(host)",
                    withIntermediateDirectories: true
                )
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/certs.d/\(host)/hosts.toml"))
            }
            try Data(networkList.utf8).write(to: URL(fileURLWithPath: "\(networkFolder)/10-crisol.conflist"))
        } catch {
            throw RuntimeError(.system, "the runtime's configuration cannot be written: \(error.localizedDescription)")
        }
    }

    /// Whether this process has CAP_SYS_RESOURCE in its bounding set (capability.h: number 24).
    static var hasSystemResource: Bool {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") }
        let bits = line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) } ?? 0
        return bits & (1 << 24) != 0
    }
}

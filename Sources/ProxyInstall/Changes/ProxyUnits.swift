internal import Foundation

/// The systemd units of the proxy (relay-contract 21): systemd holds the listening socket, so a crash costs one
/// reconnect and kubelet never finds nobody there.
struct ProxyUnits {
    static let folder = "/etc/systemd/system"
    static let socketName = "crisol-proxy.socket"
    static let serviceName = "crisol-proxy.service"

    /// Where crisol is on the node.
    let program: String
    /// The socket kubelet is told.
    let listen: String
    /// The runtime's socket.
    let upstream: String
    /// The unit that starts kubelet.
    let kubelet: String
    /// More words for `crisol proxy`.
    let options: [String]
    /// Mode and owner of the runtime's socket; `nil` when it is not there to be asked.
    let like: (mode: UInt32, owner: UInt32, group: UInt32)?

    var socket: String {
        let mode = String(like?.mode ?? 0o660, radix: 8)
        return """
            # Written by crisol proxy install; crisol proxy uninstall removes it.
            [Unit]
            Description=The CRI socket of crisol's proxy
            Before=\(kubelet)

            [Socket]
            ListenStream=\(listen)
            SocketMode=0\(mode)
            SocketUser=\(like?.owner ?? 0)
            SocketGroup=\(like?.group ?? 0)
            DirectoryMode=0755
            RemoveOnStop=yes

            [Install]
            WantedBy=sockets.target

            """
    }

    var service: String {
        let words = [program, "proxy", "--upstream", "unix://\(upstream)"] + options
        return """
            # Written by crisol proxy install; crisol proxy uninstall removes it.
            [Unit]
            Description=crisol's proxy between kubelet and its runtime
            Requires=\(Self.socketName)
            After=\(Self.socketName) containerd.service crio.service cri-docker.service
            Before=\(kubelet)
            # kubelet has no other runtime: it is started again however often it ends.
            StartLimitIntervalSec=0

            [Service]
            Type=notify
            NotifyAccess=main
            ExecStart=\(words.map(SystemdWords.quoted).joined(separator: " "))
            # SIGHUP: the plan is read again.
            ExecReload=/bin/kill -HUP $MAINPID
            Restart=always
            RestartSec=100ms
            OOMScoreAdjust=-999
            LimitNOFILE=1048576
            # While it ends nobody answers at the socket, and after 30 s of that kubelet calls its node unready. Calls that
            # run may end; what has no end of its own, event streams for instance, is cut by the proxy after 7 s.
            KillMode=mixed
            TimeoutStopSec=10s

            [Install]
            WantedBy=multi-user.target

            """
    }

    /// What `systemctl enable` would make: link and target.
    static let links = [
        ("\(folder)/sockets.target.wants/\(socketName)", "\(folder)/\(socketName)"),
        ("\(folder)/multi-user.target.wants/\(serviceName)", "\(folder)/\(serviceName)"),
    ]
}

import Foundation
import Testing

@testable import ProxyInstall

struct ProxyInstallationTests {
    private static func wish(_ node: FakeNode, _ change: (inout ProxyInstallation.Wish) -> Void = { _ in })
        -> ProxyInstallation.Wish
    {
        var wish = ProxyInstallation.Wish(program: "/usr/local/bin/crisol")
        wish.root = node.root
        change(&wish)
        return wish
    }

    @Test(arguments: EndpointSearchTests.shapes)
    func `One file changes in one line, and uninstalling puts back every byte`(shape: EndpointSearchTests.Shape) throws
    {
        let node = try FakeNode(shape.files)
        defer { node.remove() }
        let before = try node.everything()
        let installation = try ProxyInstallation(Self.wish(node))
        #expect(try node.everything() == before, "planning changes nothing")
        try installation.install()
        let after = try node.everything()
        let changed = before.keys.filter { after[$0] != before[$0] }
        #expect(changed == [String(shape.place.dropFirst())])
        #expect(
            Set(after.keys).subtracting(before.keys).filter { after[$0] != "folder" }.sorted() == [
                "etc/systemd/system/crisol-proxy.service", "etc/systemd/system/crisol-proxy.socket",
                "etc/systemd/system/multi-user.target.wants/crisol-proxy.service",
                "etc/systemd/system/sockets.target.wants/crisol-proxy.socket", "var/lib/crisol/proxy-install.json",
            ]
        )
        let was = shape.files[shape.place]?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
        let isNow = node.read(shape.place)?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
        #expect(isNow.difference(from: was).insertions.count == 1)
        // kubelet goes by the proxy now, whoever looks.
        let place = try #require(try EndpointSearch(root: node.root).places().first)
        #expect(place.path == shape.place)
        #expect("unix://" + place.endpoint.replacing("unix://", with: "") == installation.endpoint)

        #expect(try ProxyRemoval(root: node.root).remove().left == [])
        #expect(try node.everything() == before)
    }

    @Test func `The units hold the socket for kubelet and start the proxy again whatever happens`() throws {
        let node = try FakeNode(EndpointSearchTests.shapes[0].files)
        defer { node.remove() }
        try ProxyInstallation(Self.wish(node) { $0.options = ["--ledger", "/var/log/a b.jsonl", "100%"] }).install()
        let socket = try #require(node.read("/etc/systemd/system/crisol-proxy.socket"))
        #expect(socket.contains("ListenStream=/run/crisol/cri.sock\nSocketMode=0660\n"))
        let service = try #require(node.read("/etc/systemd/system/crisol-proxy.service"))
        for line in [
            "Restart=always", "RestartSec=100ms", "ExecReload=/bin/kill -HUP $MAINPID", "OOMScoreAdjust=-999",
            "LimitNOFILE=1048576", "KillMode=mixed",
            // Nobody answers while it ends, and kubelet bears 30 s of that.
            "TimeoutStopSec=10s",
            "Before=kubelet.service",
            "Requires=crisol-proxy.socket", "StartLimitIntervalSec=0",
            #"ExecStart=/usr/local/bin/crisol proxy --upstream unix:///run/containerd/containerd.sock --ledger "/var/log/a b.jsonl" 100%%"#,
        ] { #expect(service.contains("\n\(line)\n"), "\(line)\n\(service)") }
    }

    @Test func `With CRI-O the path keeps the end that kubelet goes by`() throws {
        let node = try FakeNode(EndpointSearchTests.shapes[3].files)
        defer { node.remove() }
        let installation = try ProxyInstallation(Self.wish(node))
        #expect(installation.endpoint == "unix:///run/crisol/run/crio/crio.sock")
        #expect(throws: InstallProblem.self) {
            try ProxyInstallation(Self.wish(node) { $0.listen = "/run/crisol/cri.sock" })
        }
    }

    @Test func `A dry run shows the line that changes, with what is around it`() throws {
        let node = try FakeNode(EndpointSearchTests.shapes[1].files)
        defer { node.remove() }
        let installation = try ProxyInstallation(Self.wish(node))
        #expect(
            installation.diff.hasPrefix(
                """
                --- /var/lib/kubelet/config.yaml
                +++ /var/lib/kubelet/config.yaml
                @@ -5,5 +5,5 @@
                 cgroupDriver: systemd
                 clusterDNS:
                 - 10.96.0.10
                -containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
                +containerRuntimeEndpoint: unix:///run/crisol/cri.sock
                 kind: KubeletConfiguration
                --- /dev/null
                +++ /etc/systemd/system/crisol-proxy.socket
                @@ -0,0 +1,

                """.dropLast()
            ),
            "\(installation.diff)"
        )
        #expect(installation.notes.contains { $0.contains("kubeadm upgrade") })
    }

    @Test func `What was written anew since keeps its other changes, and the endpoint is taken back`() throws {
        let node = try FakeNode(EndpointSearchTests.shapes[1].files)
        defer { node.remove() }
        try ProxyInstallation(Self.wish(node)).install()
        let now = try #require(node.read("/var/lib/kubelet/config.yaml"))
        try node.write("/var/lib/kubelet/config.yaml", now + "maxPods: 200\n")
        #expect(try ProxyRemoval(root: node.root).remove().left == [])
        let before = EndpointSearchTests.shapes[1].files["/var/lib/kubelet/config.yaml"] ?? ""
        #expect(node.read("/var/lib/kubelet/config.yaml") == before + "maxPods: 200\n")
    }

    @Test func `What an upgrade has taken back already is left alone`() throws {
        let node = try FakeNode(EndpointSearchTests.shapes[1].files)
        defer { node.remove() }
        try ProxyInstallation(Self.wish(node)).install()
        let fresh = Shapes.config("unix:///run/containerd/containerd.sock") + "# upgraded\n"
        try node.write("/var/lib/kubelet/config.yaml", fresh)
        #expect(try ProxyRemoval(root: node.root).remove().left == [])
        #expect(node.read("/var/lib/kubelet/config.yaml") == fresh)
    }

    @Test func `A unit that somebody changed is named and left, and the record with it`() throws {
        let node = try FakeNode(EndpointSearchTests.shapes[0].files)
        defer { node.remove() }
        try ProxyInstallation(Self.wish(node)).install()
        try node.write("/etc/systemd/system/crisol-proxy.service", "[Service]\n")
        let left = try ProxyRemoval(root: node.root).remove().left
        #expect(left.count == 1 && left[0].contains("crisol-proxy.service"), "\(left)")
        #expect(node.read("/var/lib/crisol/proxy-install.json") != nil)
        #expect(
            node.read("/var/lib/kubelet/kubeadm-flags.env")
                == EndpointSearchTests.shapes[0].files["/var/lib/kubelet/kubeadm-flags.env"]
        )
    }

    @Test func `Nothing is done twice, over foreign files, through links, or to a package's file`() throws {
        let node = try FakeNode(EndpointSearchTests.shapes[0].files)
        defer { node.remove() }
        #expect(throws: InstallProblem.self) { try ProxyRemoval(root: node.root).remove() }
        try ProxyInstallation(Self.wish(node)).install()
        #expect(throws: InstallProblem.self) { try ProxyInstallation(Self.wish(node)) }
        #expect(try ProxyRemoval(root: node.root).remove().left == [])

        try node.write("/etc/systemd/system/crisol-proxy.socket", "mine\n")
        #expect(throws: InstallProblem.self) { try ProxyInstallation(Self.wish(node)) }
        #expect(node.read("/etc/systemd/system/crisol-proxy.socket") == "mine\n")

        let linked = try FakeNode(EndpointSearchTests.shapes[0].files)
        defer { linked.remove() }
        let flags = "\(linked.root)/var/lib/kubelet/kubeadm-flags.env"
        try FileManager.default.moveItem(atPath: flags, toPath: "\(linked.root)/elsewhere")
        try FileManager.default.createSymbolicLink(atPath: flags, withDestinationPath: "\(linked.root)/elsewhere")
        let problem = #expect(throws: InstallProblem.self) { try ProxyInstallation(Self.wish(linked)) }
        #expect(problem?.description.contains("no plain file") == true)

        let packaged = try FakeNode([
            "/usr/lib/systemd/system/kubelet.service":
                "[Service]\nExecStart=/usr/bin/kubelet --container-runtime-endpoint=unix:///run/x.sock\n"
        ])
        defer { packaged.remove() }
        let refusal = #expect(throws: InstallProblem.self) { try ProxyInstallation(Self.wish(packaged)) }
        #expect(refusal?.description.contains("belongs to a package") == true)
    }

    @Test func `A file with lines as on Windows keeps them, and what is in force is found in it`() throws {
        let flags = "# args\r\nKUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///run/a.sock\"\r\n# end\r\n"
        let node = try FakeNode(
            Shapes.with([
                "/var/lib/kubelet/config.yaml": Shapes.config, "/var/lib/kubelet/kubeadm-flags.env": flags,
            ])
        )
        defer { node.remove() }
        try ProxyInstallation(Self.wish(node)).install()
        #expect(
            node.read("/var/lib/kubelet/kubeadm-flags.env")
                == flags.replacing("unix:///run/a.sock", with: "unix:///run/crisol/cri.sock")
        )
        #expect(node.read("/var/lib/kubelet/config.yaml") == Shapes.config)
    }

    @Test func `A flag that stands there twice is not changed`() throws {
        let node = try FakeNode(
            Shapes.with([
                "/var/lib/kubelet/config.yaml": Shapes.config,
                "/var/lib/kubelet/kubeadm-flags.env":
                    "OTHER=--container-runtime-endpoint=unix:///run/a.sock\nKUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///run/a.sock\"\n",
            ])
        )
        defer { node.remove() }
        let problem = #expect(throws: InstallProblem.self) { try ProxyInstallation(Self.wish(node)) }
        #expect(problem?.description.contains("exactly once") == true)
    }

    @Test(arguments: ["tcp://1.2.3.4:5", "unix://run/x.sock", "unix:///run/crisol/cri.sock"])
    func `What is no socket of a runtime cannot be relayed`(endpoint: String) throws {
        let node = try FakeNode(Shapes.with(["/var/lib/kubelet/config.yaml": Shapes.config(endpoint)]))
        defer { node.remove() }
        #expect(throws: InstallProblem.self) { try ProxyInstallation(Self.wish(node)) }
    }
}

import Foundation
import Testing

@testable import ProxyInstall

/// What has come of an installation when it is to be taken back: kubelet must never be left with a socket where nobody is.
struct ProxyRemovalTests {
    private static let containerd = "unix:///run/containerd/containerd.sock"
    private static let ours = "unix:///run/crisol/cri.sock"
    private static let flags = "/var/lib/kubelet/kubeadm-flags.env"
    private static let config = "/var/lib/kubelet/config.yaml"
    private static let instance = "/var/lib/kubelet/instance-config.yaml"

    private static func install(_ node: FakeNode, unit: String = "kubelet.service") throws {
        var wish = ProxyInstallation.Wish(program: "/usr/local/bin/crisol")
        wish.root = node.root
        wish.unit = unit
        try ProxyInstallation(wish).install()
    }

    /// The flag in kubeadm-flags.env, changed by an installation.
    private static func node() throws -> FakeNode {
        let node = try FakeNode(EndpointSearchTests.shapes[0].files)
        try install(node)
        return node
    }

    private static func instanceConfig(_ endpoint: String) -> String {
        "apiVersion: kubelet.config.k8s.io/v1beta1\ncontainerRuntimeEndpoint: \(endpoint)\nkind: KubeletConfiguration\n"
    }

    /// Expects a refusal that changes nothing, and returns what it says.
    private static func refusal(_ node: FakeNode) throws -> String {
        let before = try node.everything()
        let problem = #expect(throws: InstallProblem.self) { try ProxyRemoval(root: node.root).remove() }
        #expect(throws: InstallProblem.self, "a dry run says so too") { try ProxyRemoval(root: node.root).diff() }
        #expect(try node.everything() == before)
        #expect(node.read("/etc/systemd/system/crisol-proxy.socket") != nil)
        return problem?.description ?? ""
    }

    @Test func `An upgrade that moved the socket into other files keeps the units until those are put right`() throws {
        let node = try Self.node()
        defer { node.remove() }
        // kubeadm with NodeLocalCRISocket takes the flag for the node's own wish, and writes it elsewhere.
        try node.write(Self.flags, "KUBELET_KUBEADM_ARGS=\"--node-ip=10.0.0.1\"\n")
        try node.write(Self.config, Shapes.config(Self.ours))
        try node.write(Self.instance, Self.instanceConfig(Self.ours))
        let text = try Self.refusal(node)
        for words in ["\(Self.config):8", "\(Self.instance):2", "write \(Self.containerd) there"] {
            #expect(text.contains(words), "\(text)")
        }
        try node.write(Self.config, Shapes.config(Self.containerd))
        #expect(try Self.refusal(node).contains(Self.instance), "kubeadm would write it back at its next upgrade")
        try node.write(Self.instance, Self.instanceConfig(Self.containerd))
        let removed = try ProxyRemoval(root: node.root).remove()
        #expect(removed.left == [])
        #expect(removed.file == "\(Self.flags) named the proxy no more, and was left as it is")
        #expect(node.read("/etc/systemd/system/crisol-proxy.socket") == nil)
        #expect(node.read("/var/lib/crisol/proxy-install.json") == nil)
    }

    @Test(arguments: [ours, "/run/crisol/cri.sock", "unix:///var/run/crisol/cri.sock", "unix:/run//crisol/cri.sock"])
    func `However the socket is written, it is the proxy's`(endpoint: String) throws {
        let node = try Self.node()
        defer { node.remove() }
        try node.write(Self.instance, Self.instanceConfig(endpoint))
        let text = try Self.refusal(node)
        #expect(text.contains("\(Self.instance):2: containerRuntimeEndpoint: \(endpoint)"), "\(text)")
    }

    @Test(
        "The unit of the installation is asked, also when an earlier version wrote the record",
        arguments: [true, false]
    )
    func unit(isNamed: Bool) throws {
        func command(_ path: String) -> String { "[Service]\nExecStart=/usr/bin/kubelet --config=\(path)\n" }
        let unit = "/etc/systemd/system/mykubelet.service"
        let node = try FakeNode([
            unit: command("/etc/kubernetes/a.yaml"), "/etc/kubernetes/a.yaml": Shapes.config(Self.containerd),
        ])
        defer { node.remove() }
        try Self.install(node, unit: "mykubelet.service")
        if !isNamed {
            let record = try #require(node.read(InstallRecord.path))
            var members = try #require(
                try JSONSerialization.jsonObject(with: Data(record.utf8)) as? [String: Any]
            )
            #expect(members.removeValue(forKey: "unit") as? String == "mykubelet.service")
            try JSONSerialization.data(withJSONObject: members).write(
                to: URL(fileURLWithPath: node.root + InstallRecord.path)
            )
        }
        // The file has moved, and kubelet goes by it where it is now.
        try node.write("/etc/kubernetes/b.yaml", Shapes.config(Self.ours))
        try node.write(unit, command("/etc/kubernetes/b.yaml"))
        #expect(try Self.refusal(node).contains("/etc/kubernetes/b.yaml:8"))

        try node.write(unit, command("/etc/kubernetes/a.yaml"))
        let removed = try ProxyRemoval(root: node.root).remove()
        #expect(removed.unit == "mykubelet.service")
        #expect(removed.file == "/etc/kubernetes/a.yaml is as it was")
    }

    @Test func `When it cannot be told what kubelet goes by, the units stay`() throws {
        let node = try Self.node()
        defer { node.remove() }
        try node.write("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--container-runtime-endpoint=unix:///run/b.sock\n")
        let text = try Self.refusal(node)
        for words in [
            "cannot be told", "2 times", "/etc/default/kubelet:1", "\(Self.flags) named \(Self.containerd)",
            "crisol-proxy.socket",
        ] {
            #expect(text.contains(words), "\(text)")
        }
    }

    @Test func `Only the whole path is taken back, and whoever wrote a longer one is told`() throws {
        let node = try Self.node()
        defer { node.remove() }
        let now = try #require(node.read(Self.flags))
        try node.write(Self.flags, now.replacing("unix:///run/crisol", with: "unix:///var/run/crisol"))
        #expect(try Self.refusal(node).contains("\(Self.flags):1"))
        try node.write(Self.flags, now + "# not /run/crisol/cri.sock.old\n")
        #expect(try ProxyRemoval(root: node.root).remove().left == [])
        let before = EndpointSearchTests.shapes[0].files[Self.flags] ?? ""
        #expect(node.read(Self.flags) == before + "# not /run/crisol/cri.sock.old\n")
    }

    @Test func `A file is called as it was only when it is`() throws {
        let node = try Self.node()
        defer { node.remove() }
        let now = try #require(node.read(Self.flags))
        try node.write(Self.flags, now + "# mine\n")
        let removed = try ProxyRemoval(root: node.root).remove()
        #expect(removed.left == [])
        #expect(
            removed.file == "\(Self.flags) names \(Self.containerd) again, and keeps what else was changed in it"
        )
        try Self.install(node)
        #expect(try ProxyRemoval(root: node.root).remove().file == "\(Self.flags) is as it was")
    }
}

import Foundation

/// A node's files in a folder of a test's own.
struct FakeNode {
    let root: String

    init(_ files: [String: String]) throws {
        root = "/tmp/crisol-test-\(UUID().uuidString.prefix(8))"
        for (path, text) in files { try write(path, text) }
    }

    func write(_ path: String, _ text: String) throws {
        let folder = ("\(root)\(path)" as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(root)\(path)"))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: "\(root)\(path)")
    }

    func read(_ path: String) -> String? { try? String(contentsOfFile: "\(root)\(path)", encoding: .utf8) }

    /// Every file and link with what it holds and its mode, and every folder.
    func everything() throws -> [String: String] {
        var all: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            let path = "\(root)/\(name)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let mode = String(attributes[.posixPermissions] as? Int ?? 0, radix: 8)
            switch attributes[.type] as? FileAttributeType {
            case .typeSymbolicLink?: all[name] = "-> \(try FileManager.default.destinationOfSymbolicLink(atPath: path))"
            case .typeDirectory?: all[name] = "folder"
            default:
                all[name] =
                    "\(mode) \(String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self))"
            }
        }
        return all
    }

    func remove() { try? FileManager.default.removeItem(atPath: root) }
}

/// How distributions and kubeadm start kubelet.
enum Shapes {
    static let kubeadmUnit = """
        [Unit]
        Description=kubelet: The Kubernetes Node Agent
        [Service]
        ExecStart=/usr/bin/kubelet
        Restart=always

        """

    /// kubeadm's own drop-in, as its packages have it.
    static let kubeadmDropIn = """
        # Note: This dropin only works with kubeadm and kubelet v1.11+
        [Service]
        Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
        Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
        # This is a file that "kubeadm init" and "kubeadm join" generates at runtime
        EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
        EnvironmentFile=-/etc/default/kubelet
        ExecStart=
        ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS

        """

    static let config = """
        apiVersion: kubelet.config.k8s.io/v1beta1
        # kept by the platform team
        authentication:
          anonymous: {enabled: false}
        cgroupDriver: systemd
        clusterDNS:
        - 10.96.0.10

        """

    static func config(_ endpoint: String) -> String {
        config + "containerRuntimeEndpoint: \(endpoint)\nkind: KubeletConfiguration\n"
    }

    static let kubeadm = [
        "/usr/lib/systemd/system/kubelet.service": kubeadmUnit,
        "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": kubeadmDropIn,
    ]

    static func with(_ files: [String: String]) -> [String: String] { kubeadm.merging(files) { $1 } }
}

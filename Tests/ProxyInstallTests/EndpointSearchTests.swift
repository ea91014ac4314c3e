import Foundation
import Testing

@testable import ProxyInstall

/// Where kubelet's endpoint comes from, in every shape that nodes have.
struct EndpointSearchTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let name: String
        let files: [String: String]
        let place: String
        let line: Int
        let form: EndpointPlace.Form
        let endpoint: String
        var shadows: [String] = []
        var testDescription: String { name }
    }

    private static let containerd = "unix:///run/containerd/containerd.sock"
    private static let flagsEnv =
        #"KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=\#(containerd) --pod-infra-container-image=registry.k8s.io/pause:3.9""#
        + "\n"

    static let shapes = [
        Shape(
            name: "kubeadm up to 1.33: the flag in kubeadm-flags.env",
            files: Shapes.with([
                "/var/lib/kubelet/config.yaml": Shapes.config, "/var/lib/kubelet/kubeadm-flags.env": flagsEnv,
            ]),
            place: "/var/lib/kubelet/kubeadm-flags.env",
            line: 1,
            form: .flag,
            endpoint: containerd
        ),
        Shape(
            name: "kubeadm with NodeLocalCRISocket: config.yaml, and instance-config.yaml for the next upgrade",
            files: Shapes.with([
                "/var/lib/kubelet/config.yaml": Shapes.config(containerd),
                "/var/lib/kubelet/kubeadm-flags.env": "KUBELET_KUBEADM_ARGS=\"--node-ip=10.0.0.1\"\n",
                "/var/lib/kubelet/instance-config.yaml":
                    "apiVersion: kubelet.config.k8s.io/v1beta1\ncontainerRuntimeEndpoint: \(containerd)\nkind: KubeletConfiguration\n",
            ]),
            place: "/var/lib/kubelet/config.yaml",
            line: 8,
            form: .field,
            endpoint: containerd,
            shadows: ["/var/lib/kubelet/instance-config.yaml"]
        ),
        Shape(
            name: "the flag wins over the field",
            files: Shapes.with([
                "/var/lib/kubelet/config.yaml": Shapes.config("\"unix:///run/other.sock\""),
                "/var/lib/kubelet/kubeadm-flags.env": flagsEnv,
            ]),
            place: "/var/lib/kubelet/kubeadm-flags.env",
            line: 1,
            form: .flag,
            endpoint: containerd,
            shadows: ["/var/lib/kubelet/config.yaml"]
        ),
        Shape(
            name: "KUBELET_EXTRA_ARGS, and the flag's value as a word of its own",
            files: Shapes.with([
                "/var/lib/kubelet/config.yaml": Shapes.config,
                "/etc/default/kubelet":
                    "# extra\nKUBELET_EXTRA_ARGS=--node-ip=10.0.0.1 --container-runtime-endpoint unix:///var/run/crio/crio.sock\n",
            ]),
            place: "/etc/default/kubelet",
            line: 2,
            form: .flag,
            endpoint: "unix:///var/run/crio/crio.sock"
        ),
        Shape(
            name: "a drop-in of the administrator's, over several lines",
            files: [
                "/lib/systemd/system/kubelet.service": "[Service]\nExecStart=/usr/bin/kubelet\n",
                "/etc/systemd/system/kubelet.service.d/20-runtime.conf":
                    "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet \\\n  --config=/etc/kubernetes/kubelet.yaml \\\n  --container-runtime-endpoint=/run/containerd/containerd.sock\n",
                "/etc/kubernetes/kubelet.yaml": Shapes.config,
            ],
            place: "/etc/systemd/system/kubelet.service.d/20-runtime.conf",
            line: 3,
            form: .flag,
            endpoint: "/run/containerd/containerd.sock"
        ),
        Shape(
            name: "Environment= in a drop-in that shadows a packaged one of the same name",
            files: Shapes.with([
                "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf":
                    "[Service]\nEnvironment=\"ARGS=--config=/var/lib/kubelet/config.yaml --container-runtime-endpoint=\(containerd)\"\nExecStart=\nExecStart=/usr/bin/kubelet $ARGS\n",
                "/var/lib/kubelet/config.yaml": Shapes.config, "/var/lib/kubelet/kubeadm-flags.env": flagsEnv,
            ]),
            place: "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
            line: 2,
            form: .flag,
            endpoint: containerd,
            shadows: ["/var/lib/kubelet/kubeadm-flags.env"]
        ),
        Shape(
            name: "a file of --config-dir wins over --config, the last by name over the others",
            files: [
                "/etc/systemd/system/kubelet.service":
                    "[Service]\nExecStart=/usr/bin/kubelet --config /etc/kubernetes/kubelet.yaml --config-dir=/etc/kubernetes/kubelet.conf.d\n",
                "/etc/kubernetes/kubelet.yaml": Shapes.config("unix:///run/a.sock"),
                "/etc/kubernetes/kubelet.conf.d/10.conf": "containerRuntimeEndpoint: unix:///run/b.sock\n",
                "/etc/kubernetes/kubelet.conf.d/20.conf": "containerRuntimeEndpoint: 'unix:///run/c.sock'\n",
                "/etc/kubernetes/kubelet.conf.d/30.conf.off": "containerRuntimeEndpoint: unix:///run/d.sock\n",
            ],
            place: "/etc/kubernetes/kubelet.conf.d/20.conf",
            line: 1,
            form: .field,
            endpoint: "unix:///run/c.sock",
            shadows: ["/etc/kubernetes/kubelet.conf.d/10.conf", "/etc/kubernetes/kubelet.yaml"]
        ),
        Shape(
            name:
                "--config-dir in all its depths, as kubelet walks it: hidden names too, a folder where its name stands",
            files: [
                "/etc/systemd/system/kubelet.service":
                    "[Service]\nExecStart=/usr/bin/kubelet --config=/etc/kubernetes/kubelet.yaml --config-dir=/etc/kubernetes/kubelet.conf.d/\n",
                "/etc/kubernetes/kubelet.yaml": Shapes.config,
                "/etc/kubernetes/kubelet.conf.d/.00.conf": "containerRuntimeEndpoint: unix:///run/a.sock\n",
                "/etc/kubernetes/kubelet.conf.d/vendor/99.conf": "containerRuntimeEndpoint: unix:///run/b.sock\n",
                "/etc/kubernetes/kubelet.conf.d/vendor.conf": "containerRuntimeEndpoint: unix:///run/c.sock\n",
                "/etc/kubernetes/kubelet.conf.d/we/.x/1.conf": "containerRuntimeEndpoint: unix:///run/d.sock\n",
                "/etc/kubernetes/kubelet.conf.d/zz/README": "containerRuntimeEndpoint: unix:///run/e.sock\n",
            ],
            place: "/etc/kubernetes/kubelet.conf.d/we/.x/1.conf",
            line: 1,
            form: .field,
            endpoint: "unix:///run/d.sock",
            shadows: [
                "/etc/kubernetes/kubelet.conf.d/vendor.conf", "/etc/kubernetes/kubelet.conf.d/vendor/99.conf",
                "/etc/kubernetes/kubelet.conf.d/.00.conf",
            ]
        ),
        Shape(
            name: "an underscore in a flag's name is a dash",
            files: Shapes.with([
                "/var/lib/kubelet/config.yaml": Shapes.config(containerd),
                "/etc/default/kubelet":
                    "KUBELET_EXTRA_ARGS=\"--node-ip=10.0.0.1 --container_runtime-endpoint='unix:///run/b.sock'\"\n",
            ]),
            place: "/etc/default/kubelet",
            line: 1,
            form: .flag,
            endpoint: "unix:///run/b.sock",
            shadows: ["/var/lib/kubelet/config.yaml"]
        ),
        Shape(
            name: "environment files of any name say nothing to a command without variables",
            files: [
                "/etc/systemd/system/kubelet.service":
                    "[Service]\nEnvironmentFile=-/etc/kubernetes/env.d/*.env\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n",
                "/etc/kubernetes/env.d/a.env": "ARGS=--container-runtime-endpoint=unix:///run/b.sock\n",
                "/var/lib/kubelet/config.yaml": Shapes.config(containerd),
            ],
            place: "/var/lib/kubelet/config.yaml",
            line: 8,
            form: .field,
            endpoint: containerd
        ),
        Shape(
            name: "nothing says it: kubelet's default",
            files: Shapes.with(["/var/lib/kubelet/config.yaml": Shapes.config]),
            place: "/var/lib/kubelet/config.yaml",
            line: 8,
            form: .missing,
            endpoint: containerd
        ),
        Shape(
            name: "an empty field is the default too",
            files: Shapes.with(["/var/lib/kubelet/config.yaml": Shapes.config("\"\"")]),
            place: "/var/lib/kubelet/config.yaml",
            line: 8,
            form: .field,
            endpoint: containerd
        ),
    ]

    /// A kubelet whose flag is in an environment file, and in its configuration what only that wins over.
    private static func environment(_ name: String) -> [String: String] {
        [
            "/etc/systemd/system/kubelet.service":
                "[Service]\nEnvironmentFile=\(name)\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml $ARGS\n",
            "/etc/kubernetes/env.d/a.env": "ARGS=--container-runtime-endpoint=unix:///run/b.sock\n",
            "/var/lib/kubelet/config.yaml": Shapes.config(containerd),
        ]
    }

    private static func configDir(_ folder: String) -> [String: String] {
        [
            "/etc/systemd/system/kubelet.service":
                "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --config-dir \(folder)\n",
            "/var/lib/kubelet/config.yaml": Shapes.config(containerd),
        ]
    }

    @Test(arguments: shapes)
    func `The place in force is found, and the others with why they are not`(shape: Shape) throws {
        let node = try FakeNode(shape.files)
        defer { node.remove() }
        let places = try EndpointSearch(root: node.root).places()
        let place = try #require(places.first)
        #expect(place.path == shape.place)
        #expect(place.line == shape.line)
        #expect(place.form == shape.form)
        #expect(place.endpoint == shape.endpoint)
        #expect(place.shadow == nil)
        #expect(places.dropFirst().map(\.path) == shape.shadows)
        #expect(places.dropFirst().allSatisfy { $0.shadow != nil })
    }

    @Test(
        "When it is not sure, it says so and lists what it found",
        arguments: [
            (
                ["/var/lib/kubelet/config.yaml": Shapes.config(containerd)],
                ["no unit kubelet.service", "/var/lib/kubelet/config.yaml:8"]
            ),
            (
                Shapes.with([
                    "/var/lib/kubelet/config.yaml": Shapes.config, "/var/lib/kubelet/kubeadm-flags.env": flagsEnv,
                    "/etc/default/kubelet": "KUBELET_EXTRA_ARGS=--container-runtime-endpoint=unix:///run/b.sock\n",
                ]), ["2 times", "kubeadm-flags.env:1", "/etc/default/kubelet:1"]
            ),
            (["/etc/systemd/system/kubelet.service": "[Service]\nExecStart=/usr/bin/kubelet\n"], ["neither"]),
            (["/etc/systemd/system/kubelet.service": "[Service]\nUser=root\n"], ["no ExecStart="]),
            (
                [
                    "/etc/systemd/system/kubelet.service":
                        "[Service]\nExecStart=/usr/bin/kubelet --container-runtime-endpoint=${EP}\n"
                ],
                ["is a variable"]
            ),
            (
                ["/etc/systemd/system/kubelet.service": "[Service]\nExecStart=/usr/bin/kubelet '--config=/x\n"],
                ["kubelet.service:2", "quote"]
            ),
            (
                environment("-/etc/kubernetes/env.d/*.env"),
                ["kubelet.service:2", "/etc/kubernetes/env.d/*.env may be any number of files"]
            ),
            (environment("/etc/kubernetes/env.d/[ab].env"), ["kubelet.service:2"]),
            (environment("-/etc/kubernetes/env.d/?.env"), ["kubelet.service:2"]),
            (environment("-%E/kubernetes/env.d/a.env"), ["kubelet.service:2"]),
            (
                [
                    "/etc/systemd/system/kubelet.service":
                        "[Service]\nExecStart=/usr/bin/kubelet --container-runtime-endpoint=unix://%t/x.sock\n"
                ],
                ["kubelet.service:2", "'%'"]
            ),
            (configDir("/etc/kubernetes/nowhere"), ["/etc/kubernetes/nowhere is no folder"]),
            (configDir("kubelet.conf.d"), ["no whole path"]),
            (Shapes.kubeadm, ["/var/lib/kubelet/config.yaml", "is not there"]),
            (Shapes.with(["/var/lib/kubelet/config.yaml": "a: [\n"]), ["no YAML"]),
            (Shapes.with(["/var/lib/kubelet/config.yaml": "kind: Pod\n"]), ["is a Pod"]),
            (Shapes.with(["/var/lib/kubelet/config.yaml": "- a\n"]), ["no mapping"]),
        ] as [([String: String], [String])]
    )
    func unsure(files: [String: String], words: [String]) throws {
        let node = try FakeNode(files)
        defer { node.remove() }
        let before = try node.everything()
        let problem = #expect(throws: InstallProblem.self) { try EndpointSearch(root: node.root).places() }
        for word in words { #expect(problem?.description.contains(word) == true, "\(problem?.description ?? "")") }
        #expect(try node.everything() == before)
    }

    /// kubelet goes into no folder by way of a link, and reads a file behind one, which is then not the one to change.
    @Test(arguments: [("/etc/kubernetes/d", "/etc/kubernetes/real"), ("/etc/kubernetes/d/9.conf", "../real/1.conf")])
    func `A link in the way of --config-dir makes it unsure`(link: String, target: String) throws {
        var files = Self.configDir("/etc/kubernetes/d")
        files["/etc/kubernetes/real/1.conf"] = "containerRuntimeEndpoint: unix:///run/b.sock\n"
        if link.hasSuffix(".conf") { files["/etc/kubernetes/d/1.conf"] = "maxPods: 3\n" }
        let node = try FakeNode(files)
        defer { node.remove() }
        let path = "\(node.root)\(link)"
        let leadsTo = target.hasPrefix("/") ? node.root + target : target
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: leadsTo)
        let problem = #expect(throws: InstallProblem.self) { try EndpointSearch(root: node.root).places() }
        #expect(problem?.description.contains(link) == true, "\(problem?.description ?? "")")
    }
}

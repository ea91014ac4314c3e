import Foundation
import Testing

/// Against a real containerd. One after the other: two cores, and some of them look at the whole host.
@Suite(.serialized, .enabled(if: CrisolProgram.canStartRuntimes, "needs root and `make agent`"))
struct ManagedRunTests {
    func verdicts(_ folder: String) throws -> [String: String] {
        let data = try #require(FileManager.default.contents(atPath: "\(folder)/results.json"))
        let results = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(results["schema"] as? String == "crisol.results/1")
        let cases = try #require(results["cases"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: cases.compactMap { item in
                guard let id = item["id"] as? String, let verdict = item["verdict"] as? String else { return nil }
                return (id, verdict)
            }
        )
    }

    /// Whatever of crisol is left on this machine.
    private func traces(since before: Set<String> = []) -> Set<String> {
        var found: Set<String> = []
        for pid in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] where Int(pid) != nil {
            let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            let text = String(decoding: command.split(separator: 0).first ?? Data(), as: UTF8.self)
            if text.hasSuffix("/containerd") || text.hasSuffix("containerd-shim-runc-v2") {
                found.insert("process \(pid) \(text)")
            }
        }
        let mounts = String(
            decoding: FileManager.default.contents(atPath: "/proc/self/mounts") ?? Data(),
            as: UTF8.self
        )
        for line in mounts.split(separator: "\n") where line.contains("/crisol/") { found.insert("mount \(line)") }
        let walk = FileManager.default.enumerator(atPath: "/sys/fs/cgroup")
        while let name = walk?.nextObject() as? String {
            if name.split(separator: "/").last?.hasPrefix("crisol-") == true { found.insert("cgroup \(name)") }
        }
        let bridges = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")) ?? []
        for name in bridges where name.hasPrefix("crisol") { found.insert("interface \(name)") }
        return found.subtracting(before)
    }

    @Test func `A healthy containerd is judged, and nothing is left behind`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let before = traces()
        let ending = try await CrisolProgram.run([
            "run", "--managed", "containerd", "--output", folder.path, "--case", "sandbox.run.*", "--case",
            "exec.stdout",
            "--case", "image.pull.*", "--case", "log.format.*", "--case", "container.start.*",
        ])
        let verdicts = try verdicts(folder.path)
        #expect(ending.code == 0, "\(ending.output)")
        #expect(verdicts.values.count { $0 == "pass" } > 15)
        // What this version's API is too old for is said to be unsupported, and nothing else.
        #expect(Set(verdicts.values).isSubset(of: ["pass", "unsupported"]), "\(ending.output)")
        #expect(ending.output.contains("crisol: PASS"))
        #expect(traces(since: before) == [])
        for name in ["index.html", "junit.xml", "summary.md"] {
            #expect(FileManager.default.fileExists(atPath: "\(folder.path)/\(name)"))
        }
    }

    @Test func `Every part of the language does on a real containerd what it says`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let before = traces()
        let suites = "\(CrisolProgram.folder)/Tests/IntegrationTests/Suites"
        let ending = try await CrisolProgram.run(["run", "--managed", "containerd", "--output", folder.path, suites])
        let verdicts = try verdicts(folder.path)
        #expect(verdicts.count == 57)
        #expect(!ending.output.contains("Left on the node"), "\(ending.output)")
        for (id, verdict) in verdicts { #expect(id.split(separator: ".")[1] == verdict, "\(id): \(ending.output)") }
        #expect(traces(since: before) == [])
    }

    private func standardPlugins() throws -> String {
        let places = ["/usr/lib/cni", "/opt/cni/bin", "/var/lib/crisol/packages/containerd/usr/lib/cni"]
        return try #require(places.first { FileManager.default.isExecutableFile(atPath: "\($0)/bridge") })
    }

    /// A tree for `--managed containerd=DIR` in which some programs go through a script that knows the `$real` one;
    /// everything else is what crisol finds or unpacked itself.
    private func brokenRuntime(_ scripts: [String: String], in folder: TemporaryFolder) throws -> String {
        let search = [
            "/var/lib/crisol/packages/containerd/usr/sbin", "/usr/sbin", "/usr/bin",
            "/var/lib/crisol/packages/containerd/usr/bin", "/usr/local/sbin", "/usr/local/bin",
        ]
        var real: [String: String] = [:]
        for name in ["containerd", "containerd-shim-runc-v2", "runc"] {
            let found: String? = search.map { "\($0)/\(name)" }.first {
                FileManager.default.isExecutableFile(atPath: $0)
            }
            let path: String = try #require(found)
            real[name] = path
        }
        let place = try standardPlugins()
        for name in try FileManager.default.contentsOfDirectory(atPath: place) { real[name] = "\(place)/\(name)" }
        for (name, path) in real {
            if let script = scripts[name] {
                try folder.write(
                    name,
                    "#!/bin/bash\nreal=\(path)\nall=\"$*\"\n\(script)\nexec $real \"$@\"\n",
                    mode: 0o755
                )
            } else {
                // A test may have put a program of its own there.
                try? FileManager.default.createSymbolicLink(
                    atPath: "\(folder.path)/\(name)",
                    withDestinationPath: path
                )
            }
        }
        return folder.path
    }

    @Test(
        "A runtime that is broken on purpose turns the right case red",
        arguments: [
            // Every kill is the last one: no grace.
            (
                #"case "$all" in *" kill "*TERM|*" kill "*15) set -- $(echo "$all" | sed 's/ 15$/ 9/; s/ TERM$/ KILL/') ;; esac"#,
                "container.stop.grace", "container.stop.no-grace"
            ),
            // Commands run by ExecSync get another environment than the container has.
            (
                #"prev=; for a in "$@"; do [ "$prev" = --process ] && sed -i 's/COLOUR=red/COLOUR=blue/' "$a"; prev=$a; done"#,
                "exec.environment", "exec.stdout"
            ),
            // The folder that was asked for is not mounted.
            (
                #"prev=; for a in "$@"; do [ "$prev" = --bundle ] && sed -i 's|"destination":"/crisol"|"destination":"/other"|' "$a/config.json"; prev=$a; done"#,
                "container.start.running", "sandbox.run.ready"
            ),
            // Read-only mounts are writable.
            (
                #"prev=; for a in "$@"; do [ "$prev" = --bundle ] && sed -i 's|"ro"|"rw"|g' "$a/config.json"; prev=$a; done"#,
                "mount.bind.read-only", "mount.bind.content"
            ),
            // The hostname that was asked for is not set.
            (
                #"prev=; for a in "$@"; do [ "$prev" = --bundle ] && sed -i 's/crisol-asks/other/g' "$a/config.json"; prev=$a; done"#,
                "sandbox.run.hostname", "container.start.running"
            ),
        ]
    )
    func broken(script: String, red: String, green: String) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let output = try TemporaryFolder()
        defer { output.remove() }
        let tree = try brokenRuntime(["runc": script], in: folder)
        let ending = try await CrisolProgram.run([
            "run", "--managed", "containerd=\(tree)", "--output", output.path, "--case", red, "--case", green,
        ])
        let verdicts = try verdicts(output.path)
        #expect(verdicts[red] == "fail", "\(ending.output)")
        #expect(verdicts[green] == "pass", "\(ending.output)")
        #expect(ending.code == 1)
    }

    /// Sets `$spec` to the config.json of a container (not of a sandbox) that runc is about to make.
    private static let ofContainers = #"""
        spec=; prev=
        for a in "$@"; do [ "$prev" = --bundle ] && spec=$a/config.json; prev=$a; done
        grep -q '"io.kubernetes.cri.container-type":"container"' "$spec" 2>/dev/null || spec=
        """#

    @Test(
        "A runtime with one fault turns every case about it red, and no other",
        arguments: [
            // Nothing the network plugin gave is ever taken back.
            (
                ["bridge": #"[ "$CNI_COMMAND" = DEL ] && exit 0"#],
                ["network.add.once", "network.del.namespace-gone", "network.del.without-stop"],
                ["network.add.failed-says-why"]
            ),
            // All pods have the same address.
            (
                [
                    "bridge": #"""
                    if [ "$CNI_COMMAND" = ADD ]; then
                        answer=$($real); code=$?
                        echo "$answer" | sed -E 's#10\.213\.[0-9]+\.[0-9]+/16#10.213.99.99/16#'
                        exit $code
                    fi
                    """#
                ],
                ["network.add.address", "network.add.simultaneous", "restart.new-pods"],
                ["network.add.held-others-start"]
            ),
            // A restart loses what is known of containers.
            (
                [
                    "containerd": #"""
                    root=$(sed -n 's/^root = "\(.*\)"/\1/p' "$2" 2>/dev/null)
                    [ -e "$root/started" ] && rm -rf "$root"/io.containerd.grpc.v1.cri/containers
                    [ -d "$root" ] && touch "$root/started"
                    """#
                ],
                ["restart.container.status.kill", "restart.lists", "restart.log-reopen"],
                ["restart.images"]
            ),
            // Containers are not given what they were made with.
            (
                [
                    "runc": ofContainers + "\n"
                        + #"""
                        [ -n "$spec" ] && sed -i -E 's/"uid":1[0-9]+/"uid":0/; s#"cwd":"/etc"#"cwd":"/"#; s/"OF_IMAGE=i",//;
                            s#\{"destination":"/dev/shm"[^}]*\}#{"destination":"/dev/shm","type":"tmpfs","source":"shm"}#;
                            s#"\*"#"?"#' "$spec"
                        """#
                ],
                [
                    "image.user.uid", "image.workdir.image-only", "image.env.merged", "sandbox.run.shared-memory",
                    "container.process.arguments",
                ],
                ["container.rootfs.own"]
            ),
            // Profiles are installed with another error and another mask.
            (
                [
                    "runc": ofContainers + "\n"
                        + #"""
                        [ -n "$spec" ] && sed -i 's/"errnoRet":13/"errnoRet":1/; s/"value":2114060288/"value":2080505856/' "$spec"
                        """#
                ],
                ["seccomp.localhost.enforced", "seccomp.localhost.wide-arguments"], ["seccomp.unconfined.none"]
            ),
            // Every twentieth line is lost, and what is no ASCII is replaced.
            (
                [
                    "runc": ofContainers + "\n"
                        + #"""
                        case " $all " in *" create "*)
                            [ -n "$spec" ] && exec $real "$@" > >(LC_ALL=C sed -u '0~20d; s/[^ -~]/?/g') ;;
                        esac
                        """#
                ],
                ["log.content.both-streams-complete", "log.content.unicode", "log.content.bytes"],
                ["log.content.own"]
            ),
            // Host ports are others than were asked for.
            (
                ["portmap": #"exec < <(sed -E 's/"hostPort":[0-9]+/"hostPort":1/I')"#],
                ["network.host-port.reached", "network.host-port.two", "network.host-port.both-protocols"],
                ["network.reach.from-node"]
            ),
            // A host port stays the first pod's for ever.
            (
                ["portmap": #"[ "$CNI_COMMAND" = DEL ] && exit 0"#],
                ["network.host-port.next-pod"], ["network.host-port.unmapped"]
            ),
            // Sandboxes have no loopback, and their bridge keeps them apart.
            (
                [
                    "loopback": #"""
                    $real; code=$?
                    [ "$CNI_COMMAND" = ADD ] && nsenter --net="$CNI_NETNS" ip link set lo down
                    exit $code
                    """#,
                    "bridge": #"""
                    out=$($real); code=$?
                    printf '%s' "$out"
                    for link in $([ "$CNI_COMMAND" = ADD ] && grep -o 'veth[0-9a-f]*' <<<"$out"); do
                        ip link set dev "$link" type bridge_slave isolated on
                    done
                    exit $code
                    """#,
                ],
                [
                    "network.reach.loopback", "network.reach.itself", "network.reach.between-sandboxes",
                ],
                ["network.reach.from-node"]
            ),
            // Commands run as root in the root, and find nothing by their path.
            (
                [
                    "runc": #"""
                    prev=
                    for a in "$@"; do
                        [ "$prev" = --process ] && sed -i -E 's/"uid":[0-9]+,"gid":[0-9]+/"uid":0,"gid":0/; s#"cwd":"[^"]*"#"cwd":"/"#; s#"PATH=[^"]*"#"PATH=/none"#' "$a"
                        prev=$a
                    done
                    """#
                ],
                ["exec.process.user", "image.user.exec", "exec.command.path"],
                ["exec.output.none"]
            ),
        ]
    )
    func oneFault(scripts: [String: String], red: [String], green: [String]) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let output = try TemporaryFolder()
        defer { output.remove() }
        let tree = try brokenRuntime(scripts, in: folder)
        let ending = try await CrisolProgram.run(
            ["run", "--managed", "containerd=\(tree)", "--output", output.path]
                + (red + green).flatMap { ["--case", $0] }
        )
        let verdicts = try verdicts(output.path)
        for id in red { #expect(verdicts[id] == "fail" || verdicts[id] == "ignored", "\(id): \(ending.output)") }
        for id in green { #expect(verdicts[id] == "pass", "\(id): \(ending.output)") }
        #expect(ending.code == 1)
    }

    @Test func `What no case can be blamed for is found on the node at the end of the run`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let output = try TemporaryFolder()
        defer { output.remove() }
        // A network plugin that makes an interface for each pod and forgets it.
        try folder.write(
            "portmap",
            """
            #!/bin/sh
            PATH=$PATH:/usr/sbin:/sbin
            [ "$CNI_COMMAND" = ADD ] && ip link add "left$(printf %.8s "$CNI_CONTAINERID")" type bridge
            exec \(try standardPlugins())/portmap

            """,
            mode: 0o755
        )
        let tree = try brokenRuntime([:], in: folder)
        let suite = "\(CrisolProgram.folder)/Tests/IntegrationTests/Suites/language.yaml"
        for (managed, leaks) in [("containerd=\(tree)", true), ("containerd", false)] {
            let ending = try await CrisolProgram.run([
                "run", "--managed", managed, "--output", output.path, suite, "--case", "language.pass.port",
            ])
            #expect(ending.output.contains("Left on the node") == leaks, "\(ending.output)")
            #expect(ending.output.contains("interface left") == leaks, "\(ending.output)")
            #expect(ending.code == (leaks ? 1 : 0), "\(ending.output)")
        }
    }

    @Test func `A run whose time is over could not judge, whatever passed until then`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let ending = try await CrisolProgram.run([
            "run", "--managed", "containerd", "--output", folder.path, "--timeout", "30s", "--parallel", "1",
            // The second waits for the minute after which a URL has expired.
            "--case", "exec.stdout", "--case", "stream-url.expired",
        ])
        #expect(ending.code == 3, "\(ending.output)")
        #expect(ending.output.contains("The run ended early"), "\(ending.output)")
        #expect(Set(try verdicts(folder.path).values) == ["pass", "not-run"])
    }

    @Test func `An interrupted run cleans up, says so and ends with 128 and the signal`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let before = traces()
        let ending = try await CrisolProgram.run(
            ["run", "--managed", "containerd", "--output", folder.path]
        ) { line, pid in
            if line.contains("sandbox.run.ready") || line.contains("container.create.created") { kill(pid, SIGINT) }
        }
        #expect(ending.code == 130, "\(ending.output)")
        #expect(ending.output.contains("interrupted"))
        #expect(traces(since: before) == [])
        #expect(try verdicts(folder.path).values.contains("not-run"))
    }

    @Test func `After a kill -9 the next clean-up leaves nothing behind`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let before = traces()
        let ending = try await CrisolProgram.run(
            ["run", "--managed", "containerd", "--output", folder.path]
        ) { line, pid in
            if line.contains("container.create.created") { kill(pid, SIGKILL) }
        }
        #expect(ending.code == 137, "\(ending.output)")
        let cleanup = try await CrisolProgram.run(["cleanup"])
        #expect(cleanup.code == 0, "\(cleanup.output)")
        #expect(traces(since: before) == [])
    }

    @Test func `A report that cannot be written is said and ends with 3`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // What only shows when it is written: a folder is in the way.
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/results.json/x",
            withIntermediateDirectories: true
        )
        let ending = try await CrisolProgram.run([
            "run", "--managed", "containerd", "--output", folder.path, "--case", "runtime.version.answers",
        ])
        #expect(ending.code == 3, "\(ending.output)")
        #expect(ending.output.contains("\(folder.path)/results.json"), "\(ending.output)")
    }
}

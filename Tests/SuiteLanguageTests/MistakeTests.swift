import SeededRandom
import SuiteLanguage
import Testing

/// What lint must find, and where.
@Suite struct MistakeTests {
    /// Each of these was a case less, or a check that could not fail, and nobody was told.
    @Test(
        "What would make a case vanish or mean nothing is named",
        arguments: [
            ("source: []", "at least one place"), ("source: ''", "source is empty"), ("source: [' ']", "is empty"),
            ("title: ''", "the title is empty"), ("title: A ${what} b", "nothing is called 'what'"),
            ("unsupported-text: ''", "is empty"), ("uses: [runtme]", "did you mean runtime"),
            ("with: {}", "belongs to a step"), ("source: kubelet\n  call: Version", "belongs to a step"),
        ]
    )
    func vanishing(head: String, hint: String) {
        let key = head.prefix { $0 != ":" }
        let lines = suiteText(steps: "- call: Version\n  expect: {runtimeName: x}").split(separator: "\n")
            .filter { !$0.hasPrefix("  \(key):") }.map(String.init)
        let text = (lines.prefix(4) + ["  \(head)"] + lines.dropFirst(4)).joined(separator: "\n")
        let found = SuiteReader().read(text: text, file: "t.yaml").diagnostics.map(\.message)
        #expect(found.contains { $0.contains(hint) }, "\(found)")
    }

    @Test func `An invariant that watches nothing is named`() {
        let text = """
            suite: t
            title: Tests
            cases:
            - id: t.one
              title: One
              level: must
              source: kubelet
              watch: []
              expect: {code: OK}

            """
        let found = SuiteReader().read(text: text, file: "t.yaml").diagnostics.map(\.message)
        #expect(found.contains { $0.contains("there is none here") }, "\(found)")
    }

    @Test func `A lock of one's own is none of ours`() {
        #expect(mistakes(steps: "- call: Version\n  expect: {runtimeName: x}", head: "uses: [gpu, runtime]") == [])
    }

    @Test(
        "A mistake is named",
        arguments: [
            ("- call: Verison", "Version"),
            ("- call: Version\n  with: {versoin: v1}\n  expect: {runtimeName: x}", "version"),
            ("- call: Version\n  expect: {runtimename: x}", "runtimeName"),
            ("- call: ExecSync\n  expect: {exit-code: 0}", "exitCode"),
            ("- call: ContainerStatus\n  expect: {status.state: CONTAINER_RUNING}", "CONTAINER_RUNNING"),
            ("- call: ContainerStatus\n  expect: {status.labels.x: z}", "labels"),
            ("- call: Version\n  expects: {runtimeName: x}", "expect"),
            ("- call: Version\n  expect: {code: {not: OK}}", "refused"),
            ("- call: Version\n  expect: {code: NOT_FUOND}", "NOT_FOUND"),
            ("- call: Version\n  expect: {code: {not: {equals: OK}}}", "crash or a hang"),
            ("- call: Version\n  expect: {code: {not: {in: [OK]}}}", "crash or a hang"),
            ("- call: Version\n  expect: {code: {not: NOT_FOUND}}", "crash or a hang"),
            ("- call: Version\n  expect: {code: {not: refused}}", "crash or a hang"),
            ("- call: Version\n  raw: a\n  stream: [{send: x}]\n  expect: {code: OK}", "it has no stream"),
            ("- call: Version\n  raw: a\n  protocol: foo\n  expect: {code: OK}", "it has no protocol"),
            ("- call: ListContainers\n  expect: {'containers.labels[tier]': web}", "one list of all"),
            ("- sandbox: pod\n  with: {portMappings: [{containerPort: 4294967376}]}", "does not fit"),
            ("- sandbox: pod\n  with: {portMappings: [{hostPort: -2147483649}]}", "does not fit"),
            (
                "- sandbox: pod\n- container: c\n  with: {linux: {resources: {memoryLimitInBytes: 18446744073709551615}}}",
                "does not fit"
            ),
            (
                "- sandbox: pod\n- container: c\n  with: {linux: {resources: {memoryLimitInBytes: 64MB}}}",
                "such as 64MiB"
            ),
            (
                "- sandbox: pod\n- container: c\n  with: {linux: {securityContext: {readonlyRootfs: \"true\"}}}",
                "take the quotes off"
            ),
            (
                "- call: Attach\n  protocol: websocket-v4\n  with: {containerId: x, stdin: true}\n  stream: [{close: stdin}]",
                "end of the input"
            ),
            ("- call: Version\n  expect: {}", "judges nothing"),
            ("- call: Version\n  expect: {runtimeName: {countains: x}}", "contains"),
            ("- call: Version\n  expect: {runtimeName: {above: 3}}", "above"),
            ("- call: ContainerStatus\n  expect: {status.state: {present: true}}", "present"),
            ("- call: Version\n  expect: {runtimeName: {matches: '('}}", "does not compile"),
            ("- call: Version\n  expect: {elapsed: {between: [3s, 2s]}}", "lower bound"),
            ("- call: Version\n  expect: {elapsed: {below: 3}}", "unit"),
            ("- call: StopContainer\n  with: {containerId: \"${c.id}\"}\n  expect: {code: OK}", "c"),
            ("- call: Version\n  save: v\n  expect: {runtimeName: x}", "never read"),
            ("- call: Version\n  agent: [process]", "one"),
            ("- sandbox: pod\n- sandbox: pod", "pod"),
            ("- sandbox: pod\n- container: c\n- agent: [proces]\n  in: c\n  expect: {pid: 1}", "process"),
            ("- sandbox: pod\n- container: c\n  run: [idel]\n- agent: [process]\n  in: c\n  expect: {pid: 1}", "idle"),
            ("- host: {proces: c}\n  expect: {pid: 1}", "process"),
            ("- call: Version\n  fault: {eror: UNKNOWN}\n  expect: {code: UNKNOWN}", "error"),
            ("- call: Version\n  fault: hang\n  expect: {code: DEADLINE_EXCEEDED}", "`deadline`"),
            ("- call: Version\n  fault: {lose-response: null}\n  expect: {code: OK}", "`deadline`"),
            ("- call: Version\n  fault: refuse\n  expect: {code: UNAVAILABLE}", "'drop'"),
            ("- call: Version\n  fault: {stale: 3s}\n  expect: {code: OK}", "no earlier answer"),
            ("- call: ExecSync\n  fault: {bytes: {after: 1, effect: stall}}", "no session"),
            ("- call: Version\n  fault: {stream: swallow}", "no server stream"),
            ("- call: Version\n  fault: 1*off->hang\n  deadline: 1s", "takes one fault"),
            ("- call: Version\n  fault: hng\n  deadline: 1s", "hang"),
            ("- call: Version\n  fault: pad\n  deadline: 1s", "there is no fault"),
            ("- call: Version\n  fault: {delay: 5}\n  expect: {code: OK}", "the delay is a duration"),
            ("- eventually: 3s\n  call: Version\n  fault: {error: UNKNOWN}\n  expect: {code: UNKNOWN}", "one call"),
            ("- sandbox: pod\n  fault: hang", "no key 'fault'"),
            ("- directory: d\n  files: {../x: y1}\n- call: Version\n  expect: {runtimeName: x}", "relative"),
            ("- host: {rotate-log: c}", "c"), ("- background: b\n  call: Version", "never awaited"),
            ("- background: b\n  call: Version\n  expect: {runtimeName: x}\n- await: b", "goes to the await"),
            ("- await: b\n  expect: {code: OK}", "nothing called 'b'"), ("- cancel: b", "nothing called 'b'"),
            ("- check: b\n  expect: {code: OK}", "nothing called 'b'"),
            ("- background: b\n  call: Version\n- await: b\n  expect: {runtimeNam: x}", "runtimeName"),
            (
                "- background: b\n  call: Version\n- call: Version\n  expect: {runtimeName: \"${b.runtimeName}\"}",
                "still going on"
            ),
            ("- parallel: 2\n  steps: []", "at least one step"),
            ("- parallel: 0\n  steps: [{call: Version}]", "from 1 to"),
            ("- repeat: 2", "needs steps"),
            ("- repeat: 2\n  eventually: 3s\n  steps: [{call: Version}]", "goes to a step"),
            ("- repeat: 2\n  steps: [{call: Version, save: v}]", "never read"),
            ("- repeat: 2\n  steps: [{background: b, call: Version}]", "never awaited"),
            ("- call: Version\n  expect: {version: \"${round}\"}", "round"),
            ("- port: p", "proves nothing"), ("- port: p\n  with: {}", "with"),
            ("- sandbox: pod\n  shared: true\n- call: StopPodSandbox\n  with: {podSandboxId: \"${pod.id}\"}", "shared"),
            ("- sandbox: pod\n  shared: true\n  with: {hostname: h}", "no with"),
            ("- do: follow-url\n  with: {url: x1, as: exce}\n  expect: {outcome: refused}", "one of exec, attach"),
            ("- do: follow-url\n  with: {as: exec}\n  expect: {outcome: refused}", "needs 'url'"),
            (
                "- call: PortForward\n  stream: [{connect: {a: 65536}}]\n  expect: {connections.a.error: \"\"}",
                "0 to 65535"
            ),
            ("- call: Version\n  stream: []", "Exec, Attach and PortForward"),
            ("- call: Exec\n  protocol: spdy", "goes with stream"),
            (
                "- call: Exec\n  with: {containerId: x1, cmd: [a], stdin: true, stdout: true}\n  protocol: websocket\n  stream: []",
                "websocket-v4"
            ),
            (
                "- call: Exec\n  with: {containerId: x1, cmd: [a], stdin: true, stdout: true}\n  stream: [{sned: x1}]",
                "send"
            ),
            (
                "- call: Exec\n  with: {containerId: x1, cmd: [a], stdin: true, stdout: true}\n  stream: [{close: stdout}]",
                "no stream 'stdout'"
            ),
            (
                "- call: Exec\n  with: {containerId: x1, cmd: [a], stdin: true, stdout: true}\n  stream: [{wait-for: {stderr: x1}}]",
                "does not ask for stderr"
            ),
            (
                "- call: Exec\n  with: {containerId: x1, cmd: [a], stdin: true, stdout: true}\n  stream: [{resize: {width: 80, height: 24}}]",
                "does not ask for tty"
            ),
            (
                "- call: Exec\n  with: {containerId: x1, cmd: [a], stdin: true, stdout: true}\n  stream: [{connect: {a: 80}}]",
                "of a PortForward"
            ),
            (
                "- call: Exec\n  with: {containerId: x1, cmd: [a], stdin: true, stdout: true}\n  stream: []\n  expect: {connections: {count: 1}}",
                "no field 'connections'"
            ),
            ("- call: PortForward\n  stream: [{send: x1, to: a}]", "no connection was opened"),
            (
                "- call: PortForward\n  stream: [{connect: {a: 80}}, {wait-for: {b.error: x1}}]\n  expect: {connections.a.error: \"\"}",
                "no stream 'b'"
            ),
            (
                "- call: Exec\n  with: {containerId: x1, cmd: [a], stdin: true, stdout: true}\n  stream: [{wait-for: {stdout.error: x1}}]",
                "no stream 'stdout.error'"
            ),
            (
                "- call: PortForward\n  stream: [{connect: {a: 80}}]\n  expect: {connections.b.error: \"\"}",
                "no field 'b'"
            ),
            ("- background: b\n  call: Exec\n  stream: []", "never awaited"),
            ("- runtime: kil", "kill"), ("- host: {mont: /x}", "mount"),
            ("- sandbox: pod\n- cni: pod\n  behave: {AD: {hold: true}}", "ADD"),
            ("- sandbox: pod\n- cni: pod\n  behave: {ADD: {fail: 0}}", "from 1"),
            ("- do: collect-garbag", "collect-garbage"), ("- do: collect-garbage\n  with: {}", "needs 'pod'"),
            (
                "- sandbox: pod\n- container: c\n  state: planned\n- do: create-and-start\n  eventually: 3s\n"
                    + "  with: {container: c}\n  expect: {code: OK}",
                "done once"
            ),
            ("- call: Version\n  with: {version: x1}\n  raw: {hex: ff}", "either"),
            ("- directory: d\n  propagation: private\n- call: Version\n  expect: {version: x1}", "shared"),
            ("- sandbox: pod\n  state: redy", "ready"),
            ("- sandbox: pod", "proves nothing"),
        ]
    )
    func isNamed(steps: String, word: String) {
        let found = mistakes(steps: steps)
        #expect(found.contains { $0.contains(word) }, "\(found)")
    }

    @Test func `A mistake carries its line and column and shows the line`() throws {
        let text = suiteText(steps: "- call: ExecSync\n  expect: {exit-code: 0}")
        let (_, found) = SuiteReader().read(text: text, file: "exec.yaml")
        let mistake = try #require(found.first)
        #expect(mistake.description.hasPrefix("exec.yaml:10:14: error: "), "\(mistake)")
        #expect(mistake.message == "ExecSyncResponse has no field 'exit-code' (did you mean exitCode?)")
        let shown = mistake.render(lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        #expect(shown.contains("expect: {exit-code: 0}"))
        #expect(shown.hasSuffix("^"))
    }

    @Test func `Every one of many mistakes in a file is reported, in order`() {
        let steps = (1...20).map { "- call: Version\n  expect: {runtimeNam\($0): x}" }.joined(separator: "\n")
        let found = SuiteReader().read(text: suiteText(steps: steps), file: "t.yaml").diagnostics
        #expect(found.count == 20)
        #expect(found.map(\.position.line) == found.map(\.position.line).sorted())
    }

    @Test(
        "YAML beyond the plain subset is refused",
        arguments: [
            ("suite: &a t\ntitle: *a\ncases: []\n", "anchor"), ("suite: t\nsuite: t\n", "twice"),
            ("suite: !!str t\n", "tag"), ("<<: {suite: t}\n", "merge"), ("suite: yes\ntitle: t\ncases: []\n", "quote"),
            ("--- {}\n--- {}\n", "document"), ("", "empty"), ("- a\n", "mapping"), ("suite: [\n", "parse"),
            ("suite: t\ntitle: 1.30\ncases: []\n", "quote"),
        ]
    )
    func plainSubset(text: String, word: String) {
        let found = SuiteReader().read(text: text, file: "t.yaml").diagnostics.map(\.message)
        #expect(found.contains { $0.contains(word) }, "\(found)")
    }

    @Test(
        "Text that only looks like an anchor, an alias or a tag is text",
        arguments: ["'*a'", "\"&a\"", "a *b", "a &b !c", "a[*b]", "'it''s *a'", "|\n    *a\n    !b", "x # *a"]
    )
    func looksLike(title: String) {
        let text = suiteText(steps: "- call: Version\n  expect: {runtimeName: x}")
            .replacing("title: Tests", with: "title: \(title)")
        #expect(SuiteReader().read(text: text, file: "t.yaml").diagnostics == [])
    }

    @Test func `Deep nesting ends in a message and not on the stack`() {
        let deep = String(repeating: "[", count: 200_000)
        #expect(!SuiteReader().read(text: "suite: \(deep)", file: "t.yaml").diagnostics.isEmpty)
        let blocks = (0..<5000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
        #expect(!SuiteReader().read(text: blocks, file: "t.yaml").diagnostics.isEmpty)
    }

    @Test func `Random bytes never end the reader`() {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array("suite:cases- {}[]\"'$&*!|>#\n\t\\x${a.b}0é")
        for _ in 0..<300 {
            let text = String(
                (0..<Int.random(in: 0..<200, using: &random)).map { _ in random.pick(alphabet) }
            )
            _ = SuiteReader().read(text: text, file: "t.yaml")
        }
    }

    @Test func `since that is older than what the case uses is refused`() {
        let found = mistakes(
            steps: "- call: RuntimeConfig\n  expect: {linux: {present: true}}",
            head: "since: \"1.23\""
        )
        #expect(found.contains { $0.contains("older") }, "\(found)")
    }
}

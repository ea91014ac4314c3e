import SuiteLanguage
import Testing

/// Wrong use of the agent is a mistake of the suite, and never reaches a runtime.
@Suite struct AgentWordTests {
    private func found(run: String) -> [String] {
        mistakes(steps: "- sandbox: pod\n- container: c\n  \(run)\n- agent: [process]\n  in: c\n  expect: {pid: 1}")
    }

    private func found(agent: String, expect: String) -> [String] {
        mistakes(steps: "- sandbox: pod\n- container: c\n- agent: \(agent)\n  in: c\n  expect: {\(expect)}")
    }

    private func found(cmd: String) -> [String] {
        mistakes(
            steps: "- sandbox: pod\n- container: c\n- call: ExecSync\n"
                + "  with: {containerId: \"${c.id}\", cmd: \(cmd), timeout: 10s}\n  expect: {exitCode: 0}"
        )
    }

    @Test(
        "What a container cannot be told to do is named",
        arguments: [
            ("run: [exit, abc]", "exit wants a code from 0 to 255, not 'abc'"),
            ("run: [exit]", "exit wants a code from 0 to 255: exit CODE [--after TIME]"),
            ("run: [exit, 256]", "not '256'"), ("run: [exit, 0, 1]", "'1' is a word too many"),
            ("run: [exit, 3, --aftr, 1s]", "exit has no option '--aftr' (did you mean --after?)"),
            ("run: [exit, 3, --after, soon]", "--after wants a whole time such as 300s or 80ms, not 'soon'"),
            ("run: [exit, 3, --after, 1.5s]", "not '1.5s'"), ("run: [sleep, 5]", "not '5'"),
            ("run: [listen, --port]", "--port wants a port from 1 to 65535 behind it"),
            ("run: [listen, --port, 70000]", "not '70000'"), ("run: [listen]", "listen wants --port"),
            ("run: [listen, --port, 80, --bind, localhost]", "--bind wants an IP address, not 'localhost'"),
            ("run: [listen, --port, 80, --udp, --udp]", "--udp is given twice"),
            ("run: [echo-server, --port, 80, --after, 2h]", "below 1h"),
            ("run: [write, --stdoutt, \"x\"]", "write has no option '--stdoutt' (did you mean --stdout?)"),
            ("run: [write, x]", "'x' is a word too many"), ("run: [write]", "write wants --stdout or --stderr"),
            ("run: [write, --stdout, \"fill:4:xy\"]", "--stdout wants a text, hex:00ff"),
            ("run: [raise, TEMR]", "not 'TEMR' (did you mean TERM?)"), ("run: [ignore]", "ignore wants a signal"),
            ("run: [count, --per-second, 20]", "count wants --to"), ("run: [env]", "env wants the name of a variable"),
            ("run: [idle, --fro, 3s]", "idle has no option '--fro' (did you mean --for?)"),
            ("run: [ask, touch]", "touch wants a path"), ("run: [idel]", "did you mean idle?"),
            ("run: [raise, --now, TERM]", "raise has no options"),
            ("with: {args: [exit, abc]}", "not 'abc'"), ("with: {command: [/agent, exit]}", "exit wants a code"),
            ("with: {command: [/agent, exit]}\n  run: [abc]", "not 'abc'"),
        ]
    )
    func run(run: String, word: String) {
        let found = found(run: run)
        #expect(found.count == 1 && found[0].contains(word), "\(found)")
    }

    @Test(
        "What it can be told is not",
        arguments: [
            "run: []", "run: [idle, a b, \"*\", \"\", --]", "run: [idle, --for, 3s, x, --, --y]",
            "run: [argv, --any, --thing, \"\"]", "run: [env, A, B]", "run: [exit, \"${round}\"]",
            "run: [exit, 3, --after, \"${round}\"]", "run: [write, \"${round}\", x, --newline]",
            "run: [write, --stdout, --stderr]", "run: [write, --stdout, \"hex:00FF\", --stderr, \"fill:4KiB:x\"]",
            "run: [write, --stdout, {fill: x, size: 4KiB}]", "run: [ignore, TERM, SIGUSR1]",
            "run: [listen, --port, \"${round}\", --bind, \"::1\", --say, \"\"]", "run: [sha256, --size, 12]",
            "with: {command: [/agent, exit], args: [3]}", "with: {command: [/bin/sh, -c], args: [x1]}",
            "with: {command: null}", "with: {image: {image: x1}, args: [x1]}",
        ]
    )
    func isRight(run: String) {
        let step = run.replacing("\n  ", with: "\n    ")
        let found = mistakes(
            steps: "- sandbox: pod\n- repeat: 2\n  steps:\n  - container: c\n    \(step)\n"
                + "  - agent: [process]\n    in: c\n    expect: {pid: \"${round}\"}"
        )
        #expect(found == [])
    }

    @Test(
        "A question the agent would not take is named",
        arguments: [
            ("[touch]", "errno: none", "touch wants a path: touch PATH"), ("[stat, \"\"]", "errno: none", "a path"),
            ("[hostname, x]", "hostname: h", "hostname stands alone"), ("[touch, /a, /b]", "errno: none", "too many"),
            ("[connect, localhost, 80]", "connected: true", "an IP address, not 'localhost'"),
            ("[connect, 10.0.0.1]", "connected: true", "connect wants an IP address and a port"),
            ("[connect, 10.0.0.1, http]", "connected: true", "a port from 1 to 65535, not 'http'"),
            ("[write-file, /a]", "errno: none", "write-file PATH TEXT"),
        ]
    )
    func question(agent: String, expect: String, word: String) {
        let found = found(agent: agent, expect: expect)
        #expect(found.count == 1 && found[0].contains(word), "\(found)")
    }

    @Test(
        "An errno that no answer has is named",
        arguments: [
            ("errno: ENOTENT", "(did you mean ENOENT?)"), ("errno: {not: ERFS}", "(did you mean EROFS?)"),
            ("errno: {in: [none, EACCESS]}", "(did you mean EACCES?)"), ("errno: ENOTSUP", "says EOPNOTSUPP"),
            ("errno: success", "none when nothing was refused"), ("errno: \"\"", "none when nothing was refused"),
            ("errno: 2", "such as ENOENT"),
        ]
    )
    func errno(expect: String, word: String) {
        let found = found(agent: "[stat, /a]", expect: expect)
        #expect(found.count == 1 && found[0].contains(word), "\(found)")
    }

    @Test(
        "An errno that an answer may have is not",
        arguments: [
            "errno: none", "errno: EHWPOISON", "errno: 524", "errno: {not: ENOENT}",
            "errno: {starts-with: EN}",
        ]
    )
    func errno(expect: String) {
        #expect(found(agent: "[stat, /a]", expect: expect) == [])
    }

    @Test func `The errno of a saved answer is looked at too`() {
        let found = mistakes(
            steps: "- sandbox: pod\n- container: c\n- agent: [stat, /a]\n  in: c\n  save: a\n"
                + "- check: a\n  expect: {errno: ENOTENT}"
        )
        #expect(found == ["errno is never 'ENOTENT' (did you mean ENOENT?)"])
    }

    @Test func `The agent in another process of the container is looked at, and a command that is not there is not`() {
        #expect(found(cmd: "[/agent, exit, abc]") == ["exit wants a code from 0 to 255, not 'abc'"])
        #expect(found(cmd: "[/agent, wirte, --stdout, x]").first?.contains("did you mean write?") ?? false)
        for cmd in ["[/agent]", "[/agent, no-such-word]", "[/agent, exit, \"${pod.id}\"]", "[/bin/true, exit, abc]"] {
            #expect(found(cmd: cmd) == [])
        }
    }

    @Test func `The process of an image is looked at`() {
        func found(_ config: String) -> [String] {
            mistakes(steps: "- image: i\n  config: {\(config)}\n- call: Version\n  expect: {runtimeName: x}")
        }
        #expect(found("Entrypoint: [/agent, exit], Cmd: [abc]") == ["exit wants a code from 0 to 255, not 'abc'"])
        #expect(found("Entrypoint: [/agent, idle], Cmd: [a, b]") == [])
        #expect(found("Entrypoint: [/agent, exit]") == [])
    }

    @Test func `A mistake stands where the word does`() throws {
        let text = suiteText(steps: "- sandbox: pod\n- container: c\n  run: [write, --stdoutt, x]")
        let found = SuiteReader().read(text: text, file: "t.yaml").diagnostics
        #expect(found.first?.description.hasPrefix("t.yaml:11:18: error: write has no option") ?? false, "\(found)")
    }
}

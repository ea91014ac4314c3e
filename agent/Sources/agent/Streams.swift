import CAgent

/// What a container does at the other end of an exec, attach or port-forward stream.
extension Agent {
    /// `--port N [--bind ADDRESS] [--udp] [--say TEXT [--at-end | --after TIME]]`: serves until TERM or INT, and answers questions
    /// meanwhile.
    static func serve(_ arguments: [Text], echoes: Bool) -> Int32 {
        let parsed = Words(
            arguments,
            echoes
                ? "echo-server --port PORT [--bind ADDRESS] [--udp] [--say TEXT] [--at-end] [--after TIME]"
                : "listen --port PORT [--bind ADDRESS] [--udp] [--say TEXT] [--at-end] [--after TIME]",
            options: ["--port", "--bind", "--say", "--after"],
            flags: ["--udp", "--at-end"]
        )
        guard var words = parsed else { return usage }
        let number = words.read("--port", portNumber)
        let delay = words.read("--after", milliseconds) ?? 0
        guard words.areGood else { return usage }
        guard let port = number else { return complain("--port N is wanted, from 1 to 65535", []) }
        let address = words.value("--bind") ?? text("0.0.0.0")
        guard delay < 3_600_000 else { return complain("--after is too long", []) }
        // Kept for as long as the server lives.
        let bytes = (words.value("--say") ?? []).map { CChar(bitPattern: $0) } + [0]
        let greeting = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for index in 0..<bytes.count { greeting[index] = bytes[index] }
        let said = bytes.count > 1 ? greeting : nil
        let failure = withC(address) {
            if words.has("--udp") {
                return cagent_datagram_server_open($0, Int32(port), echoes ? 1 : 0, said)
            }
            let waits: Int32 = words.has("--at-end") ? 1 : 0
            return cagent_server_open($0, Int32(port), echoes ? 1 : 0, said, waits, Int32(delay))
        }
        guard failure == 0 else { return complain("cannot listen: ", text(cagent_errno_name(failure))) }
        cagent_count_signal(SIGTERM)
        cagent_count_signal(SIGINT)
        var mailbox = Mailbox()
        Mailbox.sayReady()
        var due = cagent_monotonic()
        while cagent_signal_count(SIGTERM) == 0, cagent_signal_count(SIGINT) == 0 {
            if cagent_monotonic() >= due {
                mailbox.serve()
                if getpid() == 1 { while waitpid(-1, nil, WNOHANG) > 0 {} }
                due = cagent_monotonic() + 10_000_000
            }
            cagent_server_poll(10)
        }
        return 0
    }

    /// `[--after TIME] [--into PATH] [--tick]`: standard input to standard output, or to a file; reads nothing before the
    /// time, and with `--tick` writes a line whenever there was nothing to read for a while: so whoever attaches sees that
    /// they are before they send anything.
    static func copyInput(_ arguments: [Text]) -> Int32 {
        let parsed = Words(
            arguments,
            "cat [--after TIME] [--into PATH] [--tick]",
            options: ["--after", "--into"],
            flags: ["--tick"]
        )
        guard var words = parsed, waitBeforeReading(&words) else { return usage }
        var target: Int32 = 1
        if let path = words.value("--into") {
            target = withC(path) { cagent_open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
            guard target >= 0 else { return complain("cannot write ", path) }
        }
        let ticks = words.has("--tick")
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            if ticks, cagent_input_waits(100) == 0 {
                put(text("tick\n"), to: target)
                continue
            }
            let count = buffer.withUnsafeMutableBufferPointer { read(0, $0.baseAddress, $0.count) }
            if count <= 0 { return count == 0 ? 0 : 74 }
            put(Array(buffer[..<count]), to: target)
        }
    }

    /// Lets the time of `--after` pass; false when it cannot be read, which is then told.
    private static func waitBeforeReading(_ words: inout Words) -> Bool {
        let time = words.read("--after", milliseconds)
        guard words.areGood else { return false }
        if let time { cagent_sleep_milliseconds(time) }
        return true
    }

    /// `[--size N] [--after TIME]`: the SHA-256 of standard input, of N bytes or up to its end.
    static func digest(_ arguments: [Text]) -> Int32 {
        guard var words = Words(arguments, "sha256 [--size SIZE] [--after TIME]", options: ["--size", "--after"]) else {
            return usage
        }
        let limit = words.read("--size", size) ?? -1
        guard words.areGood, waitBeforeReading(&words) else { return usage }
        var hex = [CChar](repeating: 0, count: 65)
        let count = hex.withUnsafeMutableBufferPointer { pointer -> Int64 in
            guard let start = pointer.baseAddress else { return 0 }
            return cagent_digest_input(Int64(limit), start)
        }
        var line = text("")
        for character in hex where character != 0 { line.append(UInt8(bitPattern: character)) }
        put(line + [10], to: 1)
        return count < 0 ? 74 : 0
    }

    /// Writes the terminal's size, and again whenever it changes, with `--again` all the time, until its input ends.
    static func terminalSize(_ arguments: [Text]) -> Int32 {
        guard let words = Words(arguments, "terminal-size [--again]", flags: ["--again"]) else { return usage }
        let again = words.has("--again")
        cagent_count_signal(SIGWINCH)
        cagent_count_signal(SIGTERM)
        cagent_count_signal(SIGINT)
        var told: (Int32, Int32) = (-1, -1)
        while cagent_signal_count(SIGTERM) == 0, cagent_signal_count(SIGINT) == 0 {
            var columns: Int32 = 0
            var rows: Int32 = 0
            let failure = cagent_terminal_size(&columns, &rows)
            guard failure == 0 else { return complain("no terminal: ", text(cagent_errno_name(failure))) }
            if again || columns != told.0 || rows != told.1 {
                put(text("size ") + text(Int(columns)) + [120] + text(Int(rows)) + [10], to: 1)
                told = (columns, rows)
            }
            if cagent_input_ended(50) != 0 { return 0 }
        }
        return 0
    }
}

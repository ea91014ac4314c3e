import CAgent

/// What a container does at the other end of an exec, attach or port-forward stream.
extension Agent {
    /// `--port N [--bind ADDRESS] [--udp] [--say TEXT [--at-end | --after TIME]]`: serves until TERM or INT, and answers questions
    /// meanwhile.
    static func serve(_ arguments: [Text], echoes: Bool) -> Int32 {
        guard let port = option("--port", arguments).flatMap({ number($0) }), port > 0, port < 65536 else {
            return complain("--port N is wanted, from 1 to 65535", [])
        }
        let address = option("--bind", arguments) ?? text("0.0.0.0")
        let delay = option("--after", arguments).flatMap { milliseconds($0) } ?? 0
        guard delay < 3_600_000 else { return complain("--after is too long", []) }
        // Kept for as long as the server lives.
        let words = (option("--say", arguments) ?? []).map { CChar(bitPattern: $0) } + [0]
        let greeting = UnsafeMutablePointer<CChar>.allocate(capacity: words.count)
        for index in 0..<words.count { greeting[index] = words[index] }
        let said = words.count > 1 ? greeting : nil
        let failure = withC(address) {
            if hasFlag("--udp", arguments) {
                return cagent_datagram_server_open($0, Int32(port), echoes ? 1 : 0, said)
            }
            let waits: Int32 = hasFlag("--at-end", arguments) ? 1 : 0
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

    /// `[--after TIME] [--into FILE] [--tick]`: standard input to standard output, or to a file; reads nothing before the
    /// time, and with `--tick` writes a line whenever there was nothing to read for a while: so whoever attaches sees that
    /// they are before they send anything.
    static func copyInput(_ arguments: [Text]) -> Int32 {
        guard waitBeforeReading(arguments) else { return usage }
        var target: Int32 = 1
        if let path = option("--into", arguments) {
            target = withC(path) { cagent_open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
            guard target >= 0 else { return complain("cannot write ", path) }
        }
        let ticks = hasFlag("--tick", arguments)
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
    private static func waitBeforeReading(_ arguments: [Text]) -> Bool {
        guard let word = option("--after", arguments) else { return true }
        guard let time = milliseconds(word) else {
            _ = complain("cannot read ", word)
            return false
        }
        cagent_sleep_milliseconds(time)
        return true
    }

    /// `[--size N] [--after TIME]`: the SHA-256 of standard input, of N bytes or up to its end.
    static func digest(_ arguments: [Text]) -> Int32 {
        var limit = -1
        if let word = option("--size", arguments) {
            guard let size = size(word) else { return complain("cannot read ", word) }
            limit = size
        }
        guard waitBeforeReading(arguments) else { return usage }
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
        let again = hasFlag("--again", arguments)
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

import CAgent

/// The program of every test container: it stays, ends, writes, ignores signals, and tells what it sees.
@main
struct Agent {
    /// Exit code for a command it does not know or cannot read (sysexits.h EX_USAGE).
    static let usage: Int32 = 64

    static func main() {
        var words = ProcessFacts.arguments()
        if !words.isEmpty { words.removeFirst() }
        let command = words.isEmpty ? text("idle") : words.removeFirst()
        if !equals(command, "ask") { Mailbox.describe() }
        // What stays says that it is ready itself, once its signal handlers stand.
        let stays =
            equals(command, "idle") || equals(command, "ignore") || equals(command, "leave-child")
            || equals(command, "echo-server") || equals(command, "listen")
        if !stays, getpid() == 1 { Mailbox.sayReady() }
        exit(run(command, words))
    }

    private static func run(_ command: Text, _ arguments: [Text]) -> Int32 {
        if equals(command, "idle") { return idle(arguments, "idle [--for TIME] [TEXT...]") }
        if equals(command, "pause") { return idle(arguments, "pause [--for TIME] [TEXT...]") }
        if equals(command, "exit") { return leave(arguments) }
        if equals(command, "raise") { return raiseSignal(arguments) }
        if equals(command, "ignore") { return ignore(arguments) }
        if equals(command, "write") { return writeOut(arguments) }
        if equals(command, "count") { return count(arguments) }
        if equals(command, "leave-child") { return leaveChild(arguments) }
        if equals(command, "sleep") { return sleepFor(arguments) }
        if equals(command, "cat") { return copyInput(arguments) }
        if equals(command, "echo-server") { return serve(arguments, echoes: true) }
        if equals(command, "listen") { return serve(arguments, echoes: false) }
        if equals(command, "sha256") { return digest(arguments) }
        if equals(command, "terminal-size") { return terminalSize(arguments) }
        if equals(command, "argv") {
            for argument in arguments { put(argument + [10], to: 1) }
            return 0
        }
        if equals(command, "env") { return environment(arguments) }
        if equals(command, "ask") {
            put(answer(arguments), to: 1)
            return 0
        }
        return complain("unknown command ", command)
    }

    static func complain(_ reason: StaticString, _ what: Text) -> Int32 {
        put(text("agent: ") + text(reason) + what + [10], to: 2)
        return usage
    }

    // MARK: - Staying

    /// Stays until TERM or INT, answers questions, reaps orphans. As PID 1 signals have no default action, so the
    /// handler is what lets it end. Other words only stand in its argv.
    private static func idle(_ arguments: [Text], _ form: StaticString) -> Int32 {
        guard var words = Words(arguments, form, options: ["--for"], free: 0...Int.max) else { return usage }
        let limit = words.read("--for", milliseconds)
        guard words.areGood else { return usage }
        return stay(limit: limit)
    }

    /// Stays until the time is over, or TERM or INT comes.
    private static func stay(limit: Int?) -> Int32 {
        cagent_count_signal(SIGTERM)
        cagent_count_signal(SIGINT)
        stay(limit: limit) { cagent_signal_count(SIGTERM) > 0 || cagent_signal_count(SIGINT) > 0 }
        return 0
    }

    /// The main loop of everything that stays.
    static func stay(limit: Int?, until isDone: () -> Bool) {
        var mailbox = Mailbox()
        Mailbox.sayReady()
        let end = limit.map { cagent_monotonic() + Int64($0) * 1_000_000 }
        while !isDone() {
            if let end, cagent_monotonic() >= end { return }
            mailbox.serve()
            if getpid() == 1 { while waitpid(-1, nil, WNOHANG) > 0 {} }
            cagent_sleep_milliseconds(10)
        }
    }

    /// Writes a line for every one of the signals and stays.
    private static func ignore(_ arguments: [Text]) -> Int32 {
        guard let words = Words(arguments, "ignore SIGNAL...", free: 1...Int.max) else { return usage }
        var numbers: [Int32] = []
        for name in words.free {
            let signal = withC(name) { cagent_signal_number($0) }
            guard signal > 0 else { return complain("unknown signal ", name) }
            cagent_count_signal(signal)
            numbers.append(signal)
        }
        var told = [Int32](repeating: 0, count: numbers.count)
        stay(limit: nil) {
            for index in 0..<numbers.count where cagent_signal_count(numbers[index]) > told[index] {
                told[index] += 1
                put(text("got ") + words.free[index] + [10], to: 1)
            }
            return false
        }
        return 0
    }

    private static func sleepFor(_ arguments: [Text]) -> Int32 {
        guard let words = Words(arguments, "sleep TIME", free: 1...1) else { return usage }
        guard let time = milliseconds(words.free[0]) else { return complain("sleep wants a time such as 2s", []) }
        stay(limit: time) { false }
        return 0
    }

    // MARK: - Ending

    private static func leave(_ arguments: [Text]) -> Int32 {
        guard var words = Words(arguments, "exit CODE [--after TIME]", options: ["--after"], free: 1...1) else {
            return usage
        }
        guard let code = number(words.free[0]), code < 256 else {
            return complain("exit wants a code from 0 to 255", [])
        }
        let delay = words.read("--after", milliseconds)
        guard words.areGood else { return usage }
        if let delay { stay(limit: delay) { false } }
        return Int32(code)
    }

    /// Ends by a signal. PID 1 of a namespace cannot kill itself, so a child does it and its code is passed on as
    /// shells do.
    private static func raiseSignal(_ arguments: [Text]) -> Int32 {
        guard let words = Words(arguments, "raise SIGNAL", free: 1...1) else { return usage }
        let name = words.free[0]
        let signal = withC(name) { cagent_signal_number($0) }
        guard signal > 0 else { return complain("unknown signal ", name) }
        if getpid() != 1 {
            kill(getpid(), signal)
            return usage
        }
        let child = fork()
        if child == 0 {
            kill(getpid(), signal)
            exit(usage)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) != child {}
        return 128 + cagent_term_signal(status)
    }

    // MARK: - Writing

    /// The values of variables, a line each.
    private static func environment(_ arguments: [Text]) -> Int32 {
        guard let words = Words(arguments, "env NAME...", free: 1...Int.max) else { return usage }
        for name in words.free { put(withC(name) { text(getenv($0)) } + [10], to: 1) }
        return 0
    }

    /// `TEXT`, `hex:00ff`, `random:SIZE` or `fill:SIZE:x`.
    private static func bytes(_ word: Text) -> Text? {
        if starts(word, "hex:") {
            let digits = Array(word[4...])
            guard digits.count % 2 == 0 else { return nil }
            var result: Text = []
            var index = 0
            while index < digits.count {
                guard let high = hex(digits[index]), let low = hex(digits[index + 1]) else { return nil }
                result.append(high << 4 | low)
                index += 2
            }
            return result
        }
        // Only whether it can be read: what is written comes in pieces.
        if starts(word, "random:") { return size(Array(word[7...])).map { _ in [] } }
        if starts(word, "fill:") {
            // The byte is the last one, behind a colon.
            guard word.count > 7, word[word.count - 2] == 58, let byte = word.last else { return nil }
            return size(Array(word[5..<(word.count - 2)])).map { [UInt8](repeating: byte, count: $0) }
        }
        return word
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        case 65...70: digit - 55
        default: nil
        }
    }

    /// Random bytes may be more than there is memory for, and go out in pieces.
    private static func write(_ word: Text, _ end: Text, to descriptor: Int32) {
        guard starts(word, "random:"), let count = size(Array(word[7...])) else {
            return put((bytes(word) ?? []) + end, to: descriptor)
        }
        var source = RandomBytes(count: count)
        while let piece = source.next(65536) { put(piece, to: descriptor) }
        if !end.isEmpty { put(end, to: descriptor) }
    }

    private static func writeOut(_ arguments: [Text]) -> Int32 {
        let parsed = Words(
            arguments,
            "write [--stdout BYTES] [--stderr BYTES] [--newline] [--repeat N] [--stay]",
            options: ["--stdout", "--stderr", "--repeat"],
            flags: ["--newline", "--stay"]
        )
        guard var words = parsed else { return usage }
        let end: Text = words.has("--newline") ? [10] : []
        let times = words.read("--repeat", number) ?? 1
        guard words.areGood else { return usage }
        let out = words.value("--stdout")
        let error = words.value("--stderr")
        if out == nil, error == nil { return complain("write wants --stdout or --stderr", []) }
        for word in [out, error] {
            if let word, bytes(word) == nil { return complain("cannot read ", word) }
        }
        for _ in 0..<times {
            if let out { write(out, end, to: 1) }
            if let error { write(error, end, to: 2) }
        }
        return words.has("--stay") ? stay(limit: nil) : 0
    }

    /// Lines 1 to N, with `--both` on both streams, with `--alternate` the even ones on stderr; then ends, or stays.
    private static func count(_ arguments: [Text]) -> Int32 {
        let parsed = Words(
            arguments,
            "count --to N [--per-second N] [--both] [--alternate] [--stay]",
            options: ["--to", "--per-second"],
            flags: ["--both", "--alternate", "--stay"]
        )
        guard var words = parsed else { return usage }
        let to = words.read("--to", number)
        let rate = words.read("--per-second", number) ?? 0
        guard words.areGood else { return usage }
        guard let last = to else { return complain("count wants --to N", []) }
        let onBoth = words.has("--both")
        let alternates = words.has("--alternate")
        let began = cagent_monotonic()
        for line in stride(from: 1, through: last, by: 1) {
            put(text(line) + [10], to: alternates && line % 2 == 0 ? 2 : 1)
            if onBoth { put(text(line) + [10], to: 2) }
            if rate > 0 {
                let due = began + Int64(line) * 1_000_000_000 / Int64(rate)
                while cagent_monotonic() < due { cagent_sleep_milliseconds(1) }
            }
        }
        return words.has("--stay") ? stay(limit: nil) : 0
    }

    /// Leaves a child that keeps stdout open; then ends, or stays.
    private static func leaveChild(_ arguments: [Text]) -> Int32 {
        guard
            var words = Words(arguments, "leave-child [--for TIME] [--stay]", options: ["--for"], flags: ["--stay"])
        else { return usage }
        let time = words.read("--for", milliseconds) ?? 300_000
        guard words.areGood else { return usage }
        if fork() == 0 {
            stay(limit: time) { false }
            exit(0)
        }
        return words.has("--stay") ? stay(limit: nil) : 0
    }
}

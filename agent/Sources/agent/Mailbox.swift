import CAgent

/// The folder through which crisol asks without ExecSync: `request-N` holds the question and its arguments, each
/// ended by a NUL; the answer is `answer-N`.
struct Mailbox {
    static let folder = text("/crisol/")
    private var next = 1

    /// Answers every request that waits.
    mutating func serve() {
        while let request = contents(Mailbox.folder + text("request-") + text(next), limit: 65536) {
            // Processes that share the folder must not both answer.
            let claim = Mailbox.folder + text("claim-") + text(next)
            let descriptor = withC(claim) { cagent_open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
            if descriptor >= 0 {
                close(descriptor)
                _ = replace(Mailbox.folder + text("answer-") + text(next), with: answer(split(request, 0)))
            }
            next += 1
        }
    }

    /// The self-description of a container's first process: whole in the folder, a short one as its first line.
    static func describe() {
        guard isFirst() || getpid() == 1 else { return }
        var facts = JSON()
        ProcessFacts.write(to: &facts)
        _ = replace(folder + text("description.json"), with: facts.bytes)
        guard getenv("CRISOL_TOKEN") != nil else { return }
        var line = JSON()
        line.object { json in
            json.key("v")
            json.number(1)
            json.key("pid")
            json.number(Int(getpid()))
            json.key("uid")
            json.number(Int(getuid()))
            json.key("gid")
            json.number(Int(getgid()))
            json.key("argv")
            json.strings(ProcessFacts.arguments())
        }
        put(text("crisol-agent ") + line.bytes + [10], to: 1)
    }

    /// Tells that signals are handled from now on.
    static func sayReady() {
        let descriptor = withC(folder + text("ready")) { cagent_open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666) }
        if descriptor >= 0 { close(descriptor) }
    }

    /// The first process is the one that leaves the mark; what runs through ExecSync later finds it. The number says
    /// nothing in a shared PID namespace.
    private static func isFirst() -> Bool {
        guard getenv("CRISOL_TOKEN") != nil else { return false }
        let mark = folder + text("first")
        let descriptor = withC(mark) { cagent_open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}

import CAgent

/// Answers one question; the whole answer as JSON. What the kernel refuses is an answer, with its `errno`; a question
/// that cannot be asked so is misuse, which says nothing about the container.
func answer(_ command: [Text]) -> Text {
    var json = JSON()
    json.object { json in
        guard let name = command.first else { return refuse("no question", &json) }
        let count = command.count - 1
        let argument = count > 0 ? command[1] : []
        let takesNothing =
            equals(name, "process") || equals(name, "hostname") || equals(name, "mounts") || equals(name, "image-mark")
        if takesNothing, count > 0 { return refuse("this question takes no words", &json) }
        let takesPath = equals(name, "stat") || equals(name, "read-file") || equals(name, "touch")
        if takesPath, argument.isEmpty { return refuse("this question needs a path", &json) }
        if takesPath, count > 1 { return refuse("this question takes one path and nothing else", &json) }
        if equals(name, "process") {
            accept(&json) { ProcessFacts.write(to: &$0) }
        } else if equals(name, "hostname") {
            accept(&json) { hostName(&$0) }
        } else if equals(name, "mounts") {
            accept(&json) { mounts(&$0) }
        } else if equals(name, "image-mark") {
            accept(&json) { json in
                let lines = split(contents(text("/image-mark")) ?? [], 10)
                json.object { json in
                    json.key("platform")
                    json.string(lines.first ?? [])
                    json.key("mark")
                    json.string(lines.count > 1 ? lines[1] : [])
                }
            }
        } else if equals(name, "stat") {
            accept(&json) { status(argument, &$0) }
        } else if equals(name, "read-file") {
            accept(&json) { json in
                let bytes = contents(argument)
                let error = bytes == nil ? cagent_errno() : 0
                json.object { json in
                    json.key("errno")
                    json.string(text(cagent_errno_name(error)))
                    json.key("text")
                    json.string(Array((bytes ?? []).prefix(65536)))
                    json.key("size")
                    json.number(bytes?.count ?? 0)
                }
            }
        } else if equals(name, "touch") {
            accept(&json) { json in
                let descriptor = withC(argument) { cagent_open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644) }
                let error = descriptor < 0 ? cagent_errno() : 0
                if descriptor >= 0 { close(descriptor) }
                json.object { json in
                    json.key("errno")
                    json.string(text(cagent_errno_name(error)))
                }
            }
        } else if equals(name, "connect") {
            // What is no address, as a runtime may have told it, is an answer: EINVAL.
            guard count == 2, let port = portNumber(command[2]) else {
                return refuse("this question needs an address and a port", &json)
            }
            accept(&json) { connect(argument, port, &$0) }
        } else if equals(name, "write-file") {
            guard count == 2, !argument.isEmpty else { return refuse("this question needs a path and a text", &json) }
            accept(&json) { writeFile(argument, command[2], &$0) }
        } else {
            refuse("the agent does not know this question", &json)
        }
    }
    return json.bytes
}

/// Connects from inside the container, says nothing, and reads what comes.
private func connect(_ host: Text, _ port: Int, _ json: inout JSON) {
    var received = [CChar](repeating: 0, count: 4096)
    var count: Int32 = 0
    let error = received.withUnsafeMutableBufferPointer { pointer -> Int32 in
        guard let start = pointer.baseAddress else { return EINVAL }
        return withC(host) { cagent_connect($0, Int32(port), start, Int32(pointer.count), &count) }
    }
    json.object { json in
        json.key("connected")
        json.bool(error == 0)
        json.key("errno")
        json.string(text(cagent_errno_name(error)))
        json.key("received")
        json.string(received[..<Int(count)].map { UInt8(bitPattern: $0) })
    }
}

private func writeFile(_ path: Text, _ content: Text, _ json: inout JSON) {
    let descriptor = withC(path) { cagent_open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
    var error = descriptor < 0 ? cagent_errno() : 0
    if descriptor >= 0 {
        let written = content.withUnsafeBufferPointer { write(descriptor, $0.baseAddress, $0.count) }
        if written != content.count { error = written < 0 ? cagent_errno() : ENOSPC }
        if close(descriptor) != 0, error == 0 { error = cagent_errno() }
    }
    json.object { json in
        json.key("errno")
        json.string(text(cagent_errno_name(error)))
    }
}

private func accept(_ json: inout JSON, _ body: (inout JSON) -> Void) {
    json.key("ok")
    json.bool(true)
    json.key("result")
    body(&json)
}

/// Nothing was asked of the kernel: whoever asks is told that it is their mistake.
private func refuse(_ reason: StaticString, _ json: inout JSON) {
    json.key("ok")
    json.bool(false)
    json.key("misuse")
    json.bool(true)
    json.key("error")
    json.string(text(reason))
}

private func hostName(_ json: inout JSON) {
    var buffer = [CChar](repeating: 0, count: 256)
    let name = buffer.withUnsafeMutableBufferPointer { pointer -> Text in
        guard let start = pointer.baseAddress, gethostname(start, pointer.count - 1) == 0 else { return [] }
        return text(start)
    }
    json.object { json in
        json.key("hostname")
        json.string(name)
    }
}

/// The mounts of the container (proc_pid_mountinfo(5)).
private func mounts(_ json: inout JSON) {
    json.object { json in
        json.key("mounts")
        json.array { json in
            for line in split(contents(text("/proc/self/mountinfo")) ?? [], 10) {
                let fields = split(line, 32)
                var dash = 0
                while dash < fields.count, !equals(fields[dash], "-") { dash += 1 }
                guard fields.count > dash + 2, dash >= 6 else { continue }
                json.object { json in
                    json.key("path")
                    json.string(fields[4])
                    json.key("type")
                    json.string(fields[dash + 1])
                    json.key("source")
                    json.string(fields[dash + 2])
                    json.key("options")
                    json.strings(split(fields[5], 44))
                    json.key("propagation")
                    var kind = text("private")
                    for tag in fields[6..<dash] {
                        if starts(tag, "shared:") { kind = text("shared") }
                        if starts(tag, "master:") { kind = text("slave") }
                    }
                    json.string(kind)
                }
            }
        }
    }
}

private func status(_ path: Text, _ json: inout JSON) {
    var info = stat()
    let result = withC(path) { lstat($0, &info) }
    let error = result < 0 ? cagent_errno() : 0
    json.object { json in
        json.key("errno")
        json.string(text(cagent_errno_name(error)))
        json.key("mode")
        var digits: Text = []
        var bits = error == 0 ? Int(info.st_mode) & 0o7777 : 0
        for _ in 0..<4 {
            digits.append(UInt8(48 + bits & 7))
            bits >>= 3
        }
        digits.reverse()
        json.string(error == 0 ? digits : [])
        json.key("uid")
        json.number(error == 0 ? Int(info.st_uid) : 0)
        json.key("gid")
        json.number(error == 0 ? Int(info.st_gid) : 0)
        json.key("size")
        json.number(error == 0 ? Int(info.st_size) : 0)
        json.key("type")
        let kinds: [(UInt32, StaticString)] = [
            (0o100000, "file"), (0o040000, "folder"), (0o120000, "link"), (0o020000, "device"), (0o060000, "device"),
            (0o140000, "socket"), (0o010000, "fifo"),
        ]
        var kind = text("")
        for (bits, name) in kinds where error == 0 && info.st_mode & 0o170000 == bits { kind = text(name) }
        json.string(kind)
    }
}

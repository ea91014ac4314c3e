import CRICatalog

/// `stream` and `protocol` of Exec, Attach and PortForward.
extension CaseReader {
    /// What stands behind a connection's name for what the runtime says of it.
    private static let errorSuffix = ".error"
    private static let actions = ["send", "close", "resize", "wait-for", "connect", "pause", "drop"]

    /// Reads what is done with the stream behind a call's URL; `nil` when the call has none.
    mutating func stream(_ rpc: RPC, _ request: Template?, _ step: Node) -> StreamPlan? {
        guard let node = step["stream"] else {
            if let transport = step["protocol"] { report("protocol goes with stream", at: transport.position) }
            return nil
        }
        guard ["Exec", "Attach", "PortForward"].contains(rpc.name) else {
            report("stream goes with Exec, Attach and PortForward", at: node.position)
            return nil
        }
        let isForward = rpc.name == "PortForward"
        let transport = step["protocol"].flatMap { self.transport($0, isForward: isForward) } ?? .spdy
        guard let items = node.items else {
            report("stream is a list of actions; [] sends nothing", at: node.position)
            return nil
        }
        var reading = StreamReading(isForward: isForward, transport: transport)
        if case .record(_, let fields)? = request {
            for field in fields where field.value == .constant(.bool(true)) { reading.asked.insert(field.name) }
        } else {
            reading.asked = ["stdin", "stdout", "stderr", "tty"]
        }
        let actions = items.compactMap { action($0, &reading) }
        return StreamPlan(transport: transport, actions: actions)
    }

    private mutating func transport(_ node: Node, isForward: Bool) -> StreamPlan.Transport? {
        guard let transport = word(node, "protocol", as: StreamPlan.Transport.self) else { return nil }
        if transport != .spdy, (transport == .websocket) != isForward {
            let words = isForward ? "spdy or websocket" : "spdy, websocket-v4 or websocket-v5"
            report("\(isForward ? "a port-forward" : "exec and attach") is spoken over \(words)", at: node.position)
        }
        return transport
    }

    /// What is known of a stream while its actions are read.
    private struct StreamReading {
        let isForward: Bool
        let transport: StreamPlan.Transport
        /// The streams the request asks for.
        var asked: Set<String> = []
        /// The connections opened so far.
        var connections: Set<String> = []
    }

    private mutating func action(_ node: Node, _ reading: inout StreamReading) -> StreamAction? {
        let found = node.entries?.filter { Self.actions.contains($0.key) } ?? []
        guard let entries = node.entries, let entry = found.first, found.count == 1 else {
            report("an action is one of \(Self.actions.joined(separator: ", "))", at: node.position)
            return nil
        }
        let modifiers = ["send": ["to"], "connect": ["times"]][entry.key] ?? []
        checkKeys(entries, known: [entry.key] + modifiers, of: "a \(entry.key) action")
        return kind(entry, node, &reading).map { StreamAction(kind: $0, position: entry.keyPosition) }
    }

    private mutating func kind(_ entry: Node.Entry, _ node: Node, _ reading: inout StreamReading) -> StreamAction.Kind?
    {
        switch entry.key {
        case "send":
            let name = node["to"].flatMap { source($0, reading, isInput: true) }
            if !reading.isForward, !reading.asked.contains("stdin") {
                report("nothing can be sent: the request does not ask for stdin", at: entry.keyPosition)
            }
            if reading.isForward, name == nil { report("say `to:` which connection", at: entry.keyPosition) }
            return template(entry.value, .bytes).map { .send($0, to: name) }
        case "close":
            if reading.transport == .websocketV4 {
                report(
                    "websocket-v4 has no word for the end of the input: close goes with spdy and websocket-v5",
                    at: entry.keyPosition
                )
            }
            return source(entry.value, reading, isInput: true).map { .close($0) }
        case "resize":
            guard let width = dimension(entry.value, "width"), let height = dimension(entry.value, "height") else {
                return nil
            }
            if !reading.asked.contains("tty") {
                report("only a terminal has a size: the request does not ask for tty", at: entry.keyPosition)
            }
            return .resize(width: width, height: height)
        case "wait-for":
            guard let only = entry.value.entries?.first, entry.value.entries?.count == 1 else {
                report(
                    "wait-for takes one stream and a matcher, such as {stdout: {contains: ready}}",
                    at: entry.value.position
                )
                return nil
            }
            let isError = reading.isForward && only.key.hasSuffix(Self.errorSuffix)
            let word = isError ? String(only.key.dropLast(Self.errorSuffix.count)) : only.key
            let name = Node(.scalar(word, isPlain: true), at: only.keyPosition)
            guard let from = source(name, reading, isInput: false),
                let matcher = matcher(only.value, isError ? .text : .bytes)
            else { return nil }
            return isError ? .waitForError(of: from, matcher) : .waitFor(source: from, matcher)
        case "connect": return connect(entry, node, &reading)
        case "pause":
            guard let only = entry.value.entries?.first, entry.value.entries?.count == 1 else {
                report("pause takes one stream and how long, such as {stdout: 2s}", at: entry.value.position)
                return nil
            }
            let name = Node(.scalar(only.key, isPlain: true), at: only.keyPosition)
            guard let from = source(name, reading, isInput: false), let time = duration(only.value, "pause") else {
                return nil
            }
            return .pause(source: from, time)
        default:
            if entry.value.scalar != "connection" {
                report("drop: connection is all that can be dropped", at: entry.value.position)
            }
            return .drop
        }
    }

    private mutating func connect(_ entry: Node.Entry, _ node: Node, _ reading: inout StreamReading) -> StreamAction
        .Kind?
    {
        guard reading.isForward, let only = entry.value.entries?.first, entry.value.entries?.count == 1 else {
            report("connect takes a name and a port of a PortForward, such as {a: 80}", at: entry.keyPosition)
            return nil
        }
        var times = 1
        if let written = node["times"] {
            guard let text = written.scalar, let number = Int(text), (2...128).contains(number) else {
                report("times is a number from 2 to 128", at: written.position)
                return nil
            }
            times = number
        }
        guard only.key.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil, reading.connections.insert(only.key).inserted else {
            report("'\(only.key)' is no new name for a connection", at: only.keyPosition)
            return nil
        }
        guard let port = template(only.value, .integer(nil)) else { return nil }
        if case .constant(let value) = port, let number = value.integer, UInt16(exactly: number) == nil {
            report("a port is a number from 0 to 65535", at: only.value.position)
        }
        return .connect(name: only.key, port: port, times: times)
    }

    private mutating func dimension(_ node: Node, _ name: String) -> UInt16? {
        if let text = node[name]?.scalar, let value = UInt16(text), value > 0 { return value }
        report("resize takes {width: 80, height: 24}", at: node[name]?.position ?? node.position)
        return nil
    }

    /// A stream or a connection by its name.
    private mutating func source(_ node: Node, _ reading: StreamReading, isInput: Bool) -> String? {
        guard let name = plainText(node, "the name of a stream") else { return nil }
        let known = reading.isForward ? reading.connections : isInput ? ["stdin"] : ["stdout", "stderr"]
        guard known.contains(name) else {
            let list = known.isEmpty ? "no connection was opened yet" : known.sorted().joined(separator: ", ")
            report("there is no stream '\(name)' here: \(list)", at: node.position)
            return nil
        }
        if !reading.isForward, !reading.asked.contains(name) {
            report("the request does not ask for \(name)", at: node.position)
        }
        return name
    }
}

extension Scope {
    /// What a stream adds to the result of its call.
    static func result(of rpc: RPC, _ plan: StreamPlan) -> Shape {
        guard case .result(let name, var fields, let itself) = result(of: rpc) else { return result(of: rpc) }
        let received: [String: Shape] = [
            "received": .bytes, "received-size": .integer(.bytes), "received-sha256": .text, "error": .text,
        ]
        fields["outcome"] = .text
        fields["error"] = .text
        fields["protocol"] = .text
        fields["upgrade-status"] = .integer(nil)
        if rpc.name == "PortForward" {
            let connections = plan.connections.mapValues { times -> Shape in
                let one = Shape.result("a connection", received, itself: nil)
                return times > 1 ? .list(one) : one
            }
            fields["connections"] = .result("the connections", connections, itself: nil)
        } else {
            for stream in ["stdout", "stderr"] {
                fields[stream] = .bytes
                fields["\(stream)-size"] = .integer(.bytes)
                fields["\(stream)-sha256"] = .text
            }
            fields["exit-code"] = .integer(nil)
        }
        return .result(name, fields, itself: itself)
    }
}

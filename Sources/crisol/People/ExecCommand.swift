import ArgumentParser
import CRICatalog
import Streaming

struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command in a container, as kubectl exec does.",
        discussion: """
            The command's own exit code is passed on; 3 means that it could not be run.

            EXAMPLES
              crisol exec 4f2a ls /                     an id, or the beginning of one
              crisol exec -it 4f2a -- sh
              tar c . | crisol exec -i 4f2a tar x
            """
    )

    @OptionGroup var target: EndpointOptions
    @OptionGroup var spoken: ProtocolOption
    @Flag(name: [.customShort("i"), .customLong("stdin")], help: "Pass standard input on.")
    var stdin = false
    @Flag(name: [.customShort("t"), .customLong("tty")], help: "Give the command a terminal.")
    var tty = false
    @Argument(help: "The container's id, or the beginning of it.")
    var container: String
    @Argument(parsing: .captureForPassthrough, help: "The command, word by word.")
    var command: [String] = []

    /// The command without the `--` that may stand before it, as with kubectl; the parser leaves it there.
    private var words: [String] { command.first == "--" ? Array(command.dropFirst()) : command }

    func validate() throws {
        if words.isEmpty { throw ValidationError("which command? crisol exec \(container) COMMAND...") }
    }

    func run() async throws {
        try await withRuntime(target) { runtime in
            let id = try await runtime.container(container)
            let streams = RemoteCommandStreams(stdin: stdin, stdout: true, stderr: !tty, tty: tty)
            let answer = try await runtime.call(
                "Exec",
                streams.fields(of: id).merging(["cmd": .list(words.map { .text($0) })]) { $1 }
            )
            return try await CommandStream(streams: streams, spoken: spoken.spoken)
                .run(url: answer["url"]?.text ?? "", isAttach: false)
        }
    }
}

struct AttachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Attach to a container's own process.",
        discussion: """
            Ctrl-P Ctrl-Q leaves the container running. The process' exit code is passed
            on when it ends.

            EXAMPLES
              crisol attach 4f2a
              crisol attach -it 4f2a     for a container that has a stdin and a terminal
            """
    )

    @OptionGroup var target: EndpointOptions
    @OptionGroup var spoken: ProtocolOption
    @Flag(name: [.customShort("i"), .customLong("stdin")], help: "Pass standard input on.")
    var stdin = false
    @Flag(name: [.customShort("t"), .customLong("tty")], help: "The container has a terminal.")
    var tty = false
    @Argument(help: "The container's id, or the beginning of it.")
    var container: String

    func run() async throws {
        try await withRuntime(target) { runtime in
            let id = try await runtime.container(container)
            let streams = RemoteCommandStreams(stdin: stdin, stdout: true, stderr: !tty, tty: tty)
            let answer = try await runtime.call("Attach", streams.fields(of: id))
            return try await CommandStream(
                streams: streams,
                spoken: spoken.spoken,
                detachKeys: tty ? [0x10, 0x11] : []
            )
            .run(url: answer["url"]?.text ?? "", isAttach: true)
        }
    }
}

/// How a stream is spoken.
struct ProtocolOption: ParsableArguments {
    @Option(name: .customLong("protocol"), help: "spdy or websocket.")
    var name = "spdy"

    var spoken: CommandStream.Spoken { CommandStream.Spoken(rawValue: name) ?? .spdy }

    func validate() throws {
        if CommandStream.Spoken(rawValue: name) == nil {
            throw ValidationError("--protocol is spdy or websocket, not '\(name)'")
        }
    }
}

extension RemoteCommandStreams {
    /// The fields of an ExecRequest or AttachRequest that ask for these streams.
    fileprivate func fields(of container: String) -> [String: Value] {
        var fields: [String: Value] = ["containerId": .text(container)]
        for (name, isWanted) in [("stdin", stdin), ("stdout", stdout), ("stderr", stderr), ("tty", tty)] where isWanted
        {
            fields[name] = .bool(true)
        }
        return fields
    }
}

/// How crisol and the program inside its containers speak: what it can be told to do and asked, and how.
///
/// The table by which suites are checked; tests hold it equal to what the built agent answers.
public enum AgentCommands {
    /// What a container may run.
    public static let runCommands: [AgentCommand] = [
        "idle", "pause", "exit", "raise", "ignore", "write", "count", "leave-child", "sleep", "cat", "argv", "env",
        "ask", "echo-server", "listen", "sha256", "terminal-size",
    ].map(AgentCommand.init)

    private static let texts = AgentAnswerField.Kind.list(.text)
    private static let errno = AgentAnswerField("errno", .text)

    /// What the agent can be asked, with the fields of its answers.
    public static let questions: [AgentQuestion] = [
        AgentQuestion(
            "process",
            [
                AgentAnswerField("argv", texts), AgentAnswerField("env", .map(.text)), AgentAnswerField("cwd", .text),
                AgentAnswerField("pid", .integer), AgentAnswerField("ppid", .integer),
                AgentAnswerField("uid", .integer), AgentAnswerField("gid", .integer),
                AgentAnswerField("groups", .list(.integer)),
                AgentAnswerField(
                    "capabilities",
                    .record(
                        ["effective", "permitted", "inheritable", "bounding", "ambient"].map {
                            AgentAnswerField($0, texts)
                        }
                    )
                ),
                AgentAnswerField("no-new-privs", .bool), AgentAnswerField("seccomp", .integer),
                AgentAnswerField("oom-score-adj", .integer),
            ]
        ),
        AgentQuestion("hostname", [AgentAnswerField("hostname", .text)]),
        AgentQuestion(
            "mounts",
            [
                AgentAnswerField(
                    "mounts",
                    .list(
                        .record([
                            AgentAnswerField("path", .text), AgentAnswerField("type", .text),
                            AgentAnswerField("source", .text), AgentAnswerField("options", texts),
                            AgentAnswerField("propagation", .text),
                        ])
                    )
                )
            ]
        ),
        AgentQuestion("image-mark", [AgentAnswerField("platform", .text), AgentAnswerField("mark", .text)]),
        AgentQuestion(
            "stat",
            [
                errno, AgentAnswerField("mode", .text), AgentAnswerField("uid", .integer),
                AgentAnswerField("gid", .integer), AgentAnswerField("size", .size),
                AgentAnswerField("type", .text),
            ]
        ),
        AgentQuestion(
            "read-file",
            [errno, AgentAnswerField("text", .text), AgentAnswerField("size", .size)]
        ),
        AgentQuestion("touch", [errno]), AgentQuestion("write-file", [errno]),
        AgentQuestion(
            "connect",
            [AgentAnswerField("connected", .bool), errno, AgentAnswerField("received", .text)]
        ),
    ]
}

/// A command the agent runs.
public struct AgentCommand: Sendable {
    /// The word a suite writes.
    public let name: String

    init(_ name: String) { self.name = name }
}

/// A question the agent answers.
public struct AgentQuestion: Sendable {
    /// The word a suite writes.
    public let name: String
    /// What its answer holds.
    public let fields: [AgentAnswerField]

    init(_ name: String, _ fields: [AgentAnswerField]) {
        self.name = name
        self.fields = fields
    }
}

/// A field of an answer.
public struct AgentAnswerField: Sendable {
    /// What a field holds.
    public indirect enum Kind: Sendable {
        case text, integer, bool
        /// A number of bytes.
        case size
        case list(Kind)
        case map(Kind)
        case record([AgentAnswerField])
    }

    /// Its key in the answer.
    public let name: String
    /// What it holds.
    public let kind: Kind

    init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

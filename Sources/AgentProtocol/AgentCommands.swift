/// How crisol and the program inside its containers speak: what it can be told to do and asked, and how.
///
/// The table by which suites are checked; tests hold it equal to what the built agent answers.
public enum AgentCommands {
    private static let after = AgentOption("--after", .duration)
    private static let stay = AgentOption("--stay")
    private static let idle = AgentForm(
        [AgentArgument(.text, isOptional: true, isRepeated: true)],
        options: [AgentOption("--for", .duration)]
    )
    private static let server = AgentForm(options: [
        AgentOption("--port", .port, isRequired: true), AgentOption("--bind", .address), AgentOption("--udp"),
        AgentOption("--say", .text), AgentOption("--at-end"),
        AgentOption("--after", .duration(atMost: 3_600_000 - 1)),
    ])

    /// What a container may run.
    public static let runCommands: [AgentCommand] = [
        AgentCommand("idle", idle), AgentCommand("pause", idle),
        AgentCommand("exit", AgentForm([AgentArgument(.code)], options: [after])),
        AgentCommand("raise", AgentForm([AgentArgument(.signal)])),
        AgentCommand("ignore", AgentForm([AgentArgument(.signal, isRepeated: true)])),
        AgentCommand(
            "write",
            AgentForm(
                options: [
                    AgentOption("--stdout", .bytes), AgentOption("--stderr", .bytes), AgentOption("--newline"),
                    AgentOption("--repeat", .number), stay,
                ],
                needsOneOf: ["--stdout", "--stderr"]
            )
        ),
        AgentCommand(
            "count",
            AgentForm(options: [
                AgentOption("--to", .number, isRequired: true), AgentOption("--per-second", .number),
                AgentOption("--both"), AgentOption("--alternate"), stay,
            ])
        ),
        AgentCommand("leave-child", AgentForm(options: [AgentOption("--for", .duration), stay])),
        AgentCommand("sleep", AgentForm([AgentArgument(.duration)])),
        AgentCommand("cat", AgentForm(options: [after, AgentOption("--into", .path), AgentOption("--tick")])),
        AgentCommand(
            "argv",
            AgentForm([AgentArgument(.text, isOptional: true, isRepeated: true)], takesEveryWord: true)
        ),
        AgentCommand("env", AgentForm([AgentArgument(.name, isRepeated: true)])),
        AgentCommand(asking, AgentForm([AgentArgument(.text, isRepeated: true)], takesEveryWord: true)),
        AgentCommand("echo-server", server), AgentCommand("listen", server),
        AgentCommand("sha256", AgentForm(options: [AgentOption("--size", .size), after])),
        AgentCommand("terminal-size", AgentForm(options: [AgentOption("--again")])),
    ]

    /// The command behind which a question stands.
    private static let asking = "ask"

    /// What is wrong with a command line, the command first; words only known at run time are `nil`. Nothing, which is
    /// `idle`, is right.
    public static func misuse(ofRun words: [String?]) -> AgentMisuse? {
        guard let first = words.first, let name = first else { return nil }
        guard let command = runCommands.first(where: { $0.name == name }) else {
            let known = runCommands.map(\.name)
            return AgentMisuse(0, "the agent has no command '\(name)'", mistaken: name, known: known)
        }
        if name == asking, words.count > 1 { return misuse(ofQuestion: Array(words.dropFirst()))?.behind(1) }
        return command.form.misuse(Array(words.dropFirst()), of: name)?.behind(1)
    }

    /// What is wrong with a question, its name first; words only known at run time are `nil`.
    public static func misuse(ofQuestion words: [String?]) -> AgentMisuse? {
        guard let first = words.first, let name = first else { return nil }
        guard let question = questions.first(where: { $0.name == name }) else {
            let known = questions.map(\.name)
            return AgentMisuse(0, "the agent knows no question '\(name)'", mistaken: name, known: known)
        }
        return question.form.misuse(Array(words.dropFirst()), of: name)?.behind(1)
    }

    private static let texts = AgentAnswerField.Kind.list(.text)
    private static let errno = AgentAnswerField("errno", .text)
    private static let path = AgentForm([AgentArgument(.path)], takesEveryWord: true)

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
            path,
            [
                errno, AgentAnswerField("mode", .text), AgentAnswerField("uid", .integer),
                AgentAnswerField("gid", .integer), AgentAnswerField("size", .size),
                AgentAnswerField("type", .text),
            ]
        ),
        AgentQuestion(
            "read-file",
            path,
            [errno, AgentAnswerField("text", .text), AgentAnswerField("size", .size)]
        ),
        AgentQuestion("touch", path, [errno]),
        AgentQuestion(
            "write-file",
            AgentForm([AgentArgument(.path), AgentArgument(.text)], takesEveryWord: true),
            [errno]
        ),
        AgentQuestion(
            "connect",
            AgentForm([AgentArgument(.address), AgentArgument(.port)], takesEveryWord: true),
            [AgentAnswerField("connected", .bool), errno, AgentAnswerField("received", .text)]
        ),
    ]
}

/// A command the agent runs.
public struct AgentCommand: Sendable {
    /// The word a suite writes.
    public let name: String
    /// What stands behind it.
    public let form: AgentForm

    init(_ name: String, _ form: AgentForm) {
        self.name = name
        self.form = form
    }

    /// How it is written: `exit CODE [--after TIME]`.
    public var usage: String { form.usage.isEmpty ? name : "\(name) \(form.usage)" }
}

/// A question the agent answers.
public struct AgentQuestion: Sendable {
    /// The word a suite writes.
    public let name: String
    /// What stands behind it.
    public let form: AgentForm
    /// What its answer holds.
    public let fields: [AgentAnswerField]

    init(_ name: String, _ form: AgentForm, _ fields: [AgentAnswerField]) {
        self.name = name
        self.form = form
        self.fields = fields
    }

    /// A question that stands alone.
    init(_ name: String, _ fields: [AgentAnswerField]) { self.init(name, AgentForm(), fields) }

    /// How it is written: `write-file PATH TEXT`.
    public var usage: String { form.usage.isEmpty ? name : "\(name) \(form.usage)" }
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

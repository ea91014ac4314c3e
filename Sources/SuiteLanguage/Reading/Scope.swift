import CRICatalog

/// The names a case has bound so far and what lint knows about each.
struct Scope {
    enum Kind: Equatable {
        case builtIn
        case sandbox(SandboxFixture.State)
        case container(ContainerFixture.State)
        case image
        case directory
        case port
        case saved
        /// What a block bound: outside of it, a list of what each round had.
        case gathered
        case background(Work)
    }

    /// What goes on in the background.
    enum Work: Equatable {
        case call
        /// May stay open to the end of the case.
        case stream
        /// The stream behind a URL.
        case session
        case block
    }

    struct Name {
        var kind: Kind
        let shape: Shape
        let position: SourcePosition
        var isUsed = false
    }

    private(set) var names: [String: Name] = [:]
    /// Sandboxes in the order they were bound.
    private(set) var sandboxes: [String] = []

    init(_ start: SourcePosition) {
        let builtIns: [(String, Shape)] = [
            ("unknown", .result("unknown", ["id": .text, "image": .text], itself: nil)),
            ("node", .result("node", ["platform": .text], itself: nil)),
            ("case", .result("case", ["labels": .map(.text)], itself: nil)),
            ("image", .result("image", ["agent": .record("ImageSpec", nil)], itself: nil)),
        ]
        for (name, shape) in builtIns { names[name] = Name(kind: .builtIn, shape: shape, position: start) }
    }

    subscript(name: String) -> Name? {
        get { names[name] }
        set {
            if case .sandbox? = newValue?.kind, names[name] == nil { sandboxes.append(name) }
            names[name] = newValue
        }
    }

    /// What a block did to something of outside: it may have become real, and it may have been read.
    mutating func replace(_ name: String, with inner: Name, keeping outer: Name) {
        guard inner.kind != outer.kind || inner.isUsed != outer.isUsed else { return }
        names[name] = inner
    }

    /// Marks a name as read.
    mutating func use(_ name: String) { names[name]?.isUsed = true }

    /// The number of the round, inside a block.
    static let round = "round"

    /// What the fixtures offer.
    static let sandbox = Shape.result(
        "sandbox",
        [
            "id": .text, "request": .record("RunPodSandboxRequest", nil), "config": .record("PodSandboxConfig", nil),
            "ip": .text, "cgroup-parent": .text, "log-directory": .text,
        ],
        itself: nil
    )
    static let container = Shape.result(
        "container",
        [
            "id": .text, "request": .record("CreateContainerRequest", nil), "config": .record("ContainerConfig", nil),
            "pid": .integer(nil), "log-path": .text,
        ],
        itself: nil
    )
    static let image = Shape.result(
        "image",
        [
            "name": .text, "ref": .text, "refs": .list(.text), "digest": .text, "digest-ref": .text, "id": .text,
            "bare-id": .text,
        ],
        itself: .record("ImageSpec", nil)
    )
    static let port = Shape.result("port", [:], itself: .integer(nil))
    /// What `registry:` reads.
    static let registry = Shape.result(
        "the registry's record",
        [
            "requests": .list(
                .result(
                    "a request to the registry",
                    [
                        "kind": .text, "method": .text, "path": .text, "status": .integer(nil), "state": .text,
                        "bytes-sent": .integer(.bytes), "authorization": .text, "range": .text,
                    ],
                    itself: nil
                )
            ),
            "open-connections": .integer(nil),
        ],
        itself: nil
    )
    /// What `cni:` reads.
    static let network = Shape.result(
        "the network plugin's record",
        [
            "calls": .list(.result("a call of the network plugin", ["command": .text, "state": .text], itself: nil)),
            "addresses": .list(.text),
        ],
        itself: nil
    )
    static let directory = Shape.result("directory", ["path": .text], itself: nil)
    /// What an image fixture's `config` may hold: the names of the OCI image configuration.
    static let imageConfig = Shape.result(
        "image configuration",
        [
            "Env": .list(.text), "Entrypoint": .list(.text), "Cmd": .list(.text), "User": .text, "WorkingDir": .text,
            "Labels": .map(.text), "Volumes": .list(.text), "StopSignal": .text, "ExposedPorts": .list(.text),
        ],
        itself: nil
    )
    /// What `log:` reads.
    static let log = Shape.result(
        "log",
        [
            "lines": .list(
                .result(
                    "log line",
                    ["time": .integer(.nanoseconds), "stream": .text, "tag": .text, "text": .bytes],
                    itself: nil
                )
            ),
            "records": .list(
                .result("log record", ["time": .integer(.nanoseconds), "stream": .text, "text": .bytes], itself: nil)
            ),
            "files": .list(.text), "formats": .list(.text), "malformed": .list(.text),
        ],
        itself: nil
    )

    /// In an invariant, the answer before with the same value at `per`.
    static let previous = "previous"

    private static let ofEveryCall: [String: Shape] = [
        "code": .code, "message": .message, "elapsed": .duration, "sent-at": .integer(.nanoseconds),
        "received-at": .integer(.nanoseconds),
    ]

    /// What the results of all calls have.
    static let resultOfAnyCall = Shape.result("the result of a call", ofEveryCall, itself: nil)

    /// The result of a call.
    static func result(of rpc: RPC) -> Shape {
        var fields = ofEveryCall
        fields["request"] = .record(rpc.request, nil)
        if rpc.kind == .serverStream {
            fields["messages"] = .list(.record(rpc.response, nil))
            return .result("the result of \(rpc.name)", fields, itself: nil)
        }
        return .result("the result of \(rpc.name)", fields, itself: .record(rpc.response, nil))
    }
}

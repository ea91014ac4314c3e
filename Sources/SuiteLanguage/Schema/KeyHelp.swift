/// One line on every key of the language, as editors show it.
enum KeyHelp {
    static let suite = [
        "suite": "the suite's name; the ids of its cases start with it", "title": "what its cases are about",
        "labels": "words to select by, added to every case",
    ]

    static let item = [
        "id": "suite.subject.behaviour; never reused", "title": "the sentence the case proves",
        "level": "how strongly the CRI contract, or a branch in kubelet's code, depends on it",
        "source": "the CRI sentence, owner/repo#123, KEP-123, kubelet: ..., OCI ...",
        "why": "what breaks in practice when this is broken", "labels": "words to select by",
        "since": "a quoted Kubernetes minor, only when the behaviour is younger than its fields",
        "needs": "ids of the cases it stands on", "unsupported-text": "texts in a refusal that mean \"not supported\"",
        "requires": "what must be there for it to say anything", "uses": "what only one case may use at a time",
        "subject": "NAME.field: the request field the case is about",
        "timeout": "bound on the whole case, 60s by default",
        "for": "a matrix: axis to values, or to named rows of columns", "steps": "what is done, in order",
        "watch": "an invariant over the answers of these RPCs", "when": "which answers an invariant judges",
        "per": "${previous} is the answer before with the same value here", "expect": "what must hold of every answer",
    ]

    static let kind: [StepKind: String] = [
        .sandbox: "makes a pod sandbox", .container: "makes a container of the test image",
        .image: "builds an image and pulls it", .directory: "a folder on the node, to be mounted",
        .port: "a port of the node nobody else gets", .call: "any RPC of the CRI",
        .agent: "asks the container's own process", .log: "reads the container's log files",
        .host: "looks at the node, or changes it until the end of the case",
        .registry: "changes how a repository answers, or looks at what it was asked",
        .cni: "the managed runtime's network plugin: how it treats a sandbox, and what it was asked",
        .runtime: "does something to the managed runtime itself", .named: "a step written in Swift",
        .check: "looks at a saved value, or at what a stream received so far",
        .await: "waits for the end of what is in the background", .cancel: "cancels what is in the background",
        .repeat: "does steps so many times", .parallel: "does steps so many times at once",
    ]

    static let modifier = [
        "expect": "path: matcher; all must hold", "save": "binds the result to a name",
        "record": "paths shown in the report and judged by nothing", "eventually": "repeats until expect holds",
        "always": "repeats over this time; expect must hold each time", "every": "paces a repetition",
        "background": "starts it and goes on", "with": "the message that is sent, or what is merged into the default",
        "raw": "the request as bytes", "deadline": "the client's deadline; kubelet's own by default",
        "stream": "what is done with the stream behind the URL: send, close, resize, wait-for, connect, pause, drop",
        "protocol": "how the stream is spoken",
        "fault": "what goes wrong with this one call on its way, {lose-response: UNAVAILABLE}",
        "receive-limit": "the largest answer that is taken; 16MiB by default",
        "in": "the sandbox, or the container",
        "by": "exec: through ExecSync", "run": "what the agent does", "state": "how far the runner brings it",
        "shared": "true: the one default sandbox of all cases that say so",
        "runtime-handler": "the handler the sandbox asks for", "config": "fields of the OCI image configuration",
        "files": "path: content", "tags": "the tags it is served under", "platforms": "an index with these platforms",
        "layers": "sizes of extra layers", "compression": "how layers are packed",
        "format": "in whose media types it is described",
        "over": "http, or https with a certificate that is trusted, untrusted or expired",
        "behave": "how it answers from here on; {} is healthy", "propagation": "shared: mounts propagate both ways",
        "from": "the port a datagram is sent from",
        "after": "counted from the start of the step before", "steps": "what a round does",
        "parallel": "rounds at a time",
    ]
}

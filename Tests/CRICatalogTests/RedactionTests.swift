import CRICatalog
import SeededRandom
import Testing

@Suite struct RedactionTests {
    private let redaction = Redaction()
    private let secret = "hunter2"

    @Test(
        "Secrets in running text are replaced, and nothing else",
        arguments: [
            ("http://127.0.0.1:4000/exec/hunter2", "http://127.0.0.1:4000/exec/<redacted>"),
            ("https://[::1]:4000/cri/attach/hunter2?x=1 next", "https://[::1]:4000/cri/attach/<redacted>?x=1 next"),
            ("\"/portforward/hunter2\"", "\"/portforward/<redacted>\""),
            ("GET /exec/hunter2 HTTP/1.1 and /exec/hunter2", "GET /exec/<redacted> HTTP/1.1 and /exec/<redacted>"),
            ("https://user:hunter2@registry:5000/a:b", "https://<redacted>@registry:5000/a:b"),
            ("https://hunter2@registry/a", "https://<redacted>@registry/a"),
            ("https://u:hunter@2@registry/a", "https://<redacted>@registry/a"),
            ("http://u:hunter2@h/exec/hunter2", "http://<redacted>@h/exec/<redacted>"),
            ("Authorization: Bearer hunter2", "Authorization: <redacted>"),
            ("Authorization: hunter2\r\nHost: a", "Authorization: <redacted>\r\nHost: a"),
            ("authorization: basic hunter2\nx", "authorization: <redacted>\nx"),
            ("authorization=hunter2", "authorization=<redacted>"),
            ("{\"Authorization\":\"Bearer hunter2\",\"a\":1}", "{\"Authorization\":\"<redacted>\",\"a\":1}"),
            (
                "curl -H 'Authorization: Digest a=\"hunter2\"' http://h/",
                "curl -H 'Authorization: <redacted>' http://h/"
            ),
            ("Proxy-Authorization: Basic hunter2", "Proxy-Authorization: <redacted>"),
        ]
    )
    func texts(text: String, expected: String) {
        #expect(redaction.redact(text: text) == expected)
        #expect(redaction.redact(text: expected) == expected, "twice is once")
    }

    @Test(
        "What only looks like a secret stays readable",
        arguments: [
            "", "a", "/usr/libexec/runc", "/exec/", "/exec", "mail user@example.com", "docker.io/library/a@sha256:0123",
            "http://host/path@2", "http://@host/", "unix:///run/containerd/containerd.sock", "authorization",
            "Authorization",
            "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope",
            "authorization failed: no basic auth credentials", "http://host/a b@c", "é:///exec/",
        ]
    )
    func harmless(text: String) { #expect(redaction.redact(text: text) == text) }

    @Test func `Environment values and credentials go, wherever they are nested`() throws {
        let record = try RecordJSON().parse(
            Array(
                """
                {"config": {"envs": [{"key": "A", "value": "aHVudGVyMg=="}, {"key": "B"}], "labels": {"value": "kept"},
                 "annotations": {"password": "kept"}}}
                """.utf8
            ),
            as: "CreateContainerRequest"
        )
        let text = String(decoding: RecordJSON().render(redaction.redact(record), redacted: false), as: UTF8.self)
        #expect(text.contains(#""envs":[{"key":"A","value":"<redacted>"},{"key":"B"}]"#))
        #expect(text.contains(#""labels":{"value":"kept"}"#))
        #expect(text.contains(#""annotations":{"password":"kept"}"#))
    }

    @Test func `Of the credentials for a registry only its address stays`() {
        let names = ["username", "password", "auth", "identityToken", "registryToken"]
        var auth = Record(type: "AuthConfig", fields: ["serverAddress": .text("https://u:\(secret)@registry.local/")])
        for name in names { auth[name] = .text(secret) }
        let record = Record(type: "PullImageRequest", fields: ["auth": .record(auth)])
        let redacted = redaction.redact(record)["auth"]?.record
        #expect(redacted?.fields.count == 6)
        for name in names { #expect(redacted?[name] == .text(Redaction.mark)) }
        #expect(redacted?["serverAddress"] == .text("https://<redacted>@registry.local/"))
    }

    @Test func `Every field that the CRI marks as secret is replaced`() {
        var marked = 0
        for message in Catalog.cri.messages {
            for field in message.fields where field.option == .redacted {
                marked += 1
                let record = Record(type: message.name, fields: [field.jsonName: .text(secret)])
                #expect(redaction.redact(record)[field.jsonName] == .text(Redaction.mark))
            }
        }
        #expect(marked == 4)
    }

    @Test func `A streaming address loses its token, another text does not`() {
        let exec = Record(type: "ExecResponse", fields: ["url": .text("http://127.0.0.1:1/exec/\(secret)")])
        #expect(redaction.redact(exec)["url"] == .text("http://127.0.0.1:1/exec/<redacted>"))
        let config = Record(type: "ContainerConfig", fields: ["workingDir": .text("/exec/dir")])
        #expect(redaction.redact(config) == config)
    }

    @Test(
        "Secrets in the verbose information of runtimes go by their names",
        arguments: [
            (
                #"{"runtimeSpec":{"process":{"env":["PATH=hunter2","A=b=hunter2","BARE"],"cwd":"/"}}}"#,
                #"{"runtimeSpec":{"process":{"env":["PATH=<redacted>","A=<redacted>","<redacted>"],"cwd":"/"}}}"#
            ),
            (
                #"{"config":{"envs":[{"key":"A","value":"hunter2"}],"labels":{"auth":{"a":1}}}}"#,
                #"{"config":{"envs":[{"key":"A","value":"<redacted>"}],"labels":{"auth":{"a":1}}}}"#
            ),
            (
                #"{"registry":{"configs":{"h":{"auth":{"username":"u","password":"hunter2","identity_token":"hunter2","auth":""}}}}}"#,
                #"{"registry":{"configs":{"h":{"auth":{"username":"u","password":"<redacted>","identity_token":"<redacted>","auth":""}}}}}"#
            ),
            (
                #"{"imageSpec":{"config":{"Env":["A=hunter2"]}},"pid":7, "x" : 1.0}"#,
                #"{"imageSpec":{"config":{"Env":["A=<redacted>"]}},"pid":7,"x":1.0}"#
            ),
            (#"{"pid": 7, "sandboxID": "a"}"#, #"{"pid": 7, "sandboxID": "a"}"#),
            (#"{"env":{"A":"hunter2"}"#, "<redacted>"), ("plain text", "plain text"), ("", ""),
        ]
    )
    func verbose(text: String, expected: String) {
        let record = Record(type: "ContainerStatusResponse", fields: ["info": .map(["info": .text(text)])])
        #expect(redaction.redact(record)["info"] == .map(["info": .text(expected)]))
    }

    @Test func `Any text is redacted without a trap, and only ever shortened to marks`() {
        let parts = [
            "/exec/", "://", "@", ":", "authorization", "Authorization: ", "\"", "'", "\n", "/", "é", "x", "Bearer ",
            "=", " ",
        ]
        for seed in UInt64(0)..<4000 {
            var generator = SeededGenerator(seed: seed)
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in generator.pick(parts) }.joined()
            let once = redaction.redact(text: text)
            #expect(redaction.redact(text: once) == once, "\(text)")
            #expect(String(validating: Array(once.utf8), as: UTF8.self) != nil)
        }
    }
}

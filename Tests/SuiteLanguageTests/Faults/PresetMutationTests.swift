import CRICatalog
import FaultModel
import Testing

/// What the presets that change messages make of them.
@Suite struct PresetMutationTests {
    /// A preset, the call, which of them, and the answer before and after.
    struct Change: Sendable, CustomTestStringConvertible {
        let preset: String
        let method: String
        let number: Int
        let before: String
        let after: String

        init(_ preset: String, _ method: String, call number: Int = 1, _ before: String, _ after: String) {
            self.preset = preset
            self.method = method
            self.number = number
            self.before = before
            self.after = after
        }

        var testDescription: String { "\(preset) \(method) \(number)" }
    }

    private static let web = #""labels":{"io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.name":"web-0"}"#
    private static let database = #""labels":{"io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.name":"db-0"}"#
    private static let conditions =
        #"{"status":{"conditions":[{"type":"RuntimeReady","status":true},{"type":"NetworkReady","status":true}]}}"#

    static let changes = [
        Change(
            "list-partial",
            "ListContainers",
            #"{"containers":[{"id":"a",\#(web)},{"id":"b",\#(database)}]}"#,
            #"{"containers":[{"id":"b",\#(database)}]}"#
        ),
        Change("list-empty-after-restart", "ListPodSandbox", #"{"items":[{"id":"a"},{"id":"b"}]}"#, "{}"),
        Change("list-empty-after-restart", "ListContainers", #"{"containers":[{"id":"a"},{"id":"b"}]}"#, "{}"),
        Change(
            "network-not-ready",
            "Status",
            conditions,
            #"{"status":{"conditions":[{"type":"RuntimeReady","status":true},{"type":"NetworkReady","reason":"NetworkPluginNotReady","message":"cni plugin not initialized"}]}}"#
        ),
        Change(
            "status-missing-conditions",
            "Status",
            conditions,
            #"{"status":{"conditions":[{"type":"RuntimeReady","status":true}]}}"#
        ),
        Change(
            "sandbox-no-ip",
            "PodSandboxStatus",
            #"{"status":{"id":"p1","network":{"ip":"10.0.0.1"}}}"#,
            #"{"status":{"id":"p1","network":{}}}"#
        ),
        Change(
            "sandbox-status-nil-metadata",
            "PodSandboxStatus",
            #"{"status":{"id":"p1","metadata":{"name":"web-0"},"linux":{"namespaces":{}}}}"#,
            #"{"status":{"id":"p1"}}"#
        ),
        Change(
            "sandbox-status-nil-metadata",
            "ListPodSandbox",
            #"{"items":[{"id":"p1","metadata":{"namespace":"shop","name":"web-0"}},{"id":"p2","metadata":{"namespace":"shop","name":"db-0"}}]}"#,
            #"{"items":[{"id":"p1"},{"id":"p2","metadata":{"namespace":"shop","name":"db-0"}}]}"#
        ),
        Change(
            "sandbox-notready-flip",
            "ListPodSandbox",
            #"{"items":[{"id":"p1","metadata":{"namespace":"shop","name":"web-0"}},{"id":"p2","metadata":{"namespace":"bank","name":"web-0"}}]}"#,
            #"{"items":[{"id":"p1","metadata":{"namespace":"shop","name":"web-0"},"state":"SANDBOX_NOTREADY"},{"id":"p2","metadata":{"namespace":"bank","name":"web-0"}}]}"#
        ),
        Change(
            "sandbox-notready-flip",
            "PodSandboxStatus",
            #"{"status":{"id":"p1"}}"#,
            #"{"status":{"id":"p1","state":"SANDBOX_NOTREADY"}}"#
        ),
        Change(
            "state-unknown",
            "ListContainers",
            #"{"containers":[{"id":"a","state":"CONTAINER_RUNNING","createdAt":"5",\#(web)},{"id":"b","state":"CONTAINER_RUNNING","createdAt":"6",\#(database)}]}"#,
            #"{"containers":[{"id":"a","state":"CONTAINER_UNKNOWN",\#(web)},{"id":"b","state":"CONTAINER_RUNNING","createdAt":"6",\#(database)}]}"#
        ),
        Change(
            "state-unknown",
            "ContainerStatus",
            #"{"status":{"id":"c1","state":"CONTAINER_RUNNING","createdAt":"5"}}"#,
            #"{"status":{"id":"c1","state":"CONTAINER_UNKNOWN"}}"#
        ),
        Change(
            "status-missing-fields",
            "ContainerStatus",
            #"{"status":{"id":"c1","image":{"image":"i"},"imageRef":"r","createdAt":"5","startedAt":"6"}}"#,
            #"{"status":{"id":"c1","startedAt":"6"}}"#
        ),
        Change(
            "clock-skew-created-at",
            "ListContainers",
            #"{"containers":[{"id":"a","metadata":{"name":"app"},"createdAt":"5",\#(web)},{"id":"b","metadata":{"name":"app","attempt":1},"createdAt":"6",\#(web)}]}"#,
            #"{"containers":[{"id":"a","metadata":{"name":"app"},"createdAt":"600000000005",\#(web)},{"id":"b","metadata":{"name":"app","attempt":1},"createdAt":"6",\#(web)}]}"#
        ),
        Change(
            "clock-skew-created-at",
            "ContainerStatus",
            #"{"status":{"createdAt":"5","startedAt":"6"}}"#,
            #"{"status":{"createdAt":"600000000005","startedAt":"600000000006"}}"#
        ),
        Change(
            "imagefs-zero",
            "ImageFsInfo",
            #"{"imageFilesystems":[{"timestamp":"1","usedBytes":{"value":"7"}}]}"#,
            #"{"imageFilesystems":[{"timestamp":"1","usedBytes":{}}]}"#
        ),
        Change(
            "imagefs-zero",
            "ImageFsInfo",
            call: 6,
            #"{"imageFilesystems":[{"timestamp":"1","usedBytes":{"value":"7"}}]}"#,
            "{}"
        ),
        Change(
            "imagefs-stale-or-full",
            "ImageFsInfo",
            #"{"imageFilesystems":[{"usedBytes":{"value":"7"}}]}"#,
            #"{"imageFilesystems":[{"usedBytes":{"value":"1099511627776"}}]}"#
        ),
        Change("stream-url-dead", "Exec", #"{"url":"http://h/x"}"#, #"{"url":"http://127.0.0.1:1/gone"}"#),
        Change("stream-url-dead", "Exec", call: 2, #"{"url":"http://h/x"}"#, #"{"url":"http://192.0.2.1:10010/gone"}"#),
        Change("stream-url-dead", "Attach", call: 3, #"{"url":"http://h/x"}"#, #"{"url":"//127.0.0.1:1/gone"}"#),
        Change("stream-url-dead", "PortForward", call: 4, #"{"url":"http://h/x"}"#, #"{"url":"http://h/xxxxxxxxx"}"#),
        Change(
            "stats-hang-or-partial",
            "ListContainerStats",
            call: 2,
            #"{"stats":[{"attributes":{"id":"a"},"cpu":{"timestamp":"1"},"memory":{"timestamp":"1"},"writableLayer":{"timestamp":"1"}}]}"#,
            #"{"stats":[{"writableLayer":{"timestamp":"1"}}]}"#
        ),
        Change(
            "stats-hang-or-partial",
            "ListPodSandboxStats",
            call: 2,
            #"{"stats":[{"attributes":{"id":"a"},"linux":{"cpu":{"timestamp":"1"},"memory":{"timestamp":"1"},"network":{"timestamp":"1"}}}]}"#,
            #"{"stats":[{"linux":{"network":{"timestamp":"1"}}}]}"#
        ),
        Change(
            "stats-hang-or-partial",
            "ListContainerStats",
            call: 5,
            #"{"stats":[{"attributes":{"id":"a"}},{"attributes":{"id":"b"}}]}"#,
            #"{"stats":[{"attributes":{"id":"b"}}]}"#
        ),
        Change(
            "events-bad-timestamp",
            "GetContainerEvents",
            #"{"containerId":"c","createdAt":"5"}"#,
            #"{"containerId":"c","createdAt":"3600000000005"}"#
        ),
        Change(
            "events-wrong-type-or-order",
            "GetContainerEvents",
            #"{"containerId":"c","containerEventType":"CONTAINER_DELETED_EVENT"}"#,
            #"{"containerId":"c","containerEventType":"CONTAINER_STOPPED_EVENT"}"#
        ),
        Change(
            "events-wrong-type-or-order",
            "GetContainerEvents",
            call: 4,
            #"{"containerId":"c","podSandboxStatus":{"id":"p"}}"#,
            #"{"containerId":"c"}"#
        ),
    ]

    @Test("A preset makes of an answer what its story says", arguments: changes)
    func change(_ change: Change) throws {
        let rpc = try #require(Catalog.cri.rpc(named: change.method))
        let edits = try #require(try Self.edits(change.preset, rpc, change.number))
        let before = MessageCodec().encode(try RecordJSON().parse(Array(change.before.utf8), as: rpc.response))
        let after = try #require(try edits.apply(to: before, message: rpc.response))
        let expected = try RecordJSON().parse(Array(change.after.utf8), as: rpc.response)
        #expect(try MessageCodec().decode(after, as: rpc.response) == expected)
    }

    @Test(
        "A padded answer is larger than kubelet takes, or just not",
        arguments: [
            ("list-too-big", "ListPodSandbox", 1, 17 << 20), ("list-too-big", "ListContainers", 2, 17 << 20),
            ("execsync-big-output", "ExecSync", 1, 15 << 20), ("execsync-big-output", "ExecSync", 4, 20 << 20),
        ]
    )
    func padding(_ preset: String, _ method: String, _ number: Int, _ size: Int) throws {
        let rpc = try #require(Catalog.cri.rpc(named: method))
        let edits = try #require(try Self.edits(preset, rpc, number))
        var record = Record(type: rpc.response)
        if method == "ExecSync" { record["stdout"] = .bytes([1]) }
        let after = try #require(try edits.apply(to: MessageCodec().encode(record), message: rpc.response))
        #expect((size...size + 64).contains(after.count), "\(after.count)")
        #expect((after.count > 16 << 20) == (size > 16 << 20))
    }

    /// What happens to the messages of the nth call of a method.
    private static func edits(_ name: String, _ rpc: RPC, _ number: Int) throws -> [Mutation]? {
        var engine = try Preset(name).engine()
        let subject = Preset.subject(
            rpc,
            namespace: "shop",
            pod: "web-0",
            container: "app",
            image: "registry.example/app:1"
        )
        var verdict = Verdict.pass
        for _ in 0..<number { verdict = engine.decide(Preset.facts(rpc, subject), at: .seconds(1)) }
        guard case .act(let decisions) = verdict else { return nil }
        switch decisions.first?.fault {
        case .mutate(let mutate) where mutate.direction == .response: return mutate.edits
        case .stream(let stream): if case .mutate(let edits) = stream.effect { return edits } else { return nil }
        default: return nil
        }
    }
}

import CRICatalog
import FaultModel
import Testing

struct MutationTests {
    private static let status = """
        {"status": {"conditions": [{"type": "RuntimeReady", "status": true}, {"type": "NetworkReady", "status": true}]}}
        """
    private static let containers = """
        {"containers": [
          {"id": "a", "podSandboxId": "p1", "state": "CONTAINER_RUNNING", "createdAt": "100", "labels": {"x": "1"}},
          {"id": "b", "podSandboxId": "p2", "state": "CONTAINER_EXITED", "createdAt": "200"},
          {"id": "c", "podSandboxId": "p1", "state": "CONTAINER_RUNNING", "createdAt": "300"}]}
        """

    private func ids(_ bytes: [UInt8]?) throws -> [String] {
        guard let bytes else { return [] }
        return try record("ListContainersResponse", bytes)["containers"]?.list?.compactMap { $0.record?["id"]?.text }
            ?? []
    }

    private func change(_ json: String, _ message: String, _ mutations: Mutation...) throws -> [UInt8]? {
        try mutations.apply(to: try FaultModelTests.message(message, json), message: message)
    }

    private func change(_ mutations: Mutation...) throws -> [UInt8]? {
        let bytes = try message("ListContainersResponse", Self.containers)
        return try mutations.apply(to: bytes, message: "ListContainersResponse")
    }

    @Test func `One condition among several is set`() throws {
        let changed = try change(
            Self.status,
            "StatusResponse",
            Mutation("status.conditions[type=NetworkReady].status", .set(.bool(false))),
            Mutation("status.conditions[type=NetworkReady].reason", .set(.text("NetworkPluginNotReady")))
        )
        let bytes = try #require(changed)
        #expect(try read("status.conditions[0].status", in: "StatusResponse", bytes) == .bool(true))
        #expect(try read("status.conditions[1].status", in: "StatusResponse", bytes) == .bool(false))
        #expect(
            try read("status.conditions[1].reason", in: "StatusResponse", bytes) == .text("NetworkPluginNotReady")
        )
    }

    @Test func `Items are dropped, kept and repeated by what is in them or where they stand`() throws {
        #expect(try ids(change(Mutation("containers[podSandboxId=p1]", .drop))) == ["b"])
        #expect(try ids(change(Mutation("containers[podSandboxId=p1]", .filter))) == ["a", "c"])
        #expect(try ids(change(Mutation("containers[state=CONTAINER_RUNNING,id=c]", .drop))) == ["a", "b"])
        #expect(try ids(change(Mutation("containers[-1]", .repeat(3)))) == ["a", "b", "c", "c", "c"])
        #expect(try ids(change(Mutation("containers[1]", .drop))) == ["a", "c"])
        #expect(try ids(change(Mutation("containers[id=*]", .repeat(0)))) == [])
        #expect(try ids(change(Mutation("containers", .drop))) == [])
    }

    @Test func `A field of all items is changed, with or without a star`() throws {
        for path in ["containers[*].state", "containers.state"] {
            let bytes = try #require(
                try change(Mutation(path, .set(.text("CONTAINER_UNKNOWN"))))
            )
            let states = try record("ListContainersResponse", bytes)["containers"]?.list?.map {
                $0.record?["state"].map { "\($0)" } ?? ""
            }
            #expect(states?.allSatisfy { $0.contains("CONTAINER_UNKNOWN") } == true)
        }
    }

    @Test func `Times are moved and put in the wrong unit, and stay within their type`() throws {
        let name = "ListContainersResponse"
        func created(_ operation: Mutation.Operation) throws -> Value? {
            let bytes = try #require(try change(Mutation("containers[0].createdAt", operation)))
            return try read("containers[0].createdAt", in: name, bytes)
        }
        #expect(try created(.add(.integer(600_000_000_000))) == .integer(600_000_000_100))
        #expect(try created(.add(.integer(-200))) == .integer(-100))
        #expect(try created(.scale(1e9)) == .integer(100_000_000_000))
        #expect(try created(.scale(1e300)) == .integer(Int128(Int64.max)))
        #expect(try created(.add(.integer(.max))) == .integer(Int128(Int64.max)))
        #expect(try change(Mutation("containers[0].createdAt", .scale(.nan))) == nil)
    }

    @Test func `Messages and fields are cleared as if they had never been sent`() throws {
        let json = #"{"status": {"id": "p", "metadata": {"name": "n"}, "network": {"ip": "10.0.0.1"}}}"#
        let bytes = try #require(
            try change(
                json,
                "PodSandboxStatusResponse",
                Mutation("status.metadata", .clear),
                Mutation("status.network.ip", .clear)
            )
        )
        #expect(try read("status.metadata", in: "PodSandboxStatusResponse", bytes) == nil)
        #expect(try read("status.network", in: "PodSandboxStatusResponse", bytes) != nil)
        #expect(try read("status.network.ip", in: "PodSandboxStatusResponse", bytes) == .text(""))
    }

    @Test func `Two items or two fields change places`() throws {
        let name = "ListContainersResponse"
        #expect(try ids(change(Mutation("containers[0]", .swap("containers[-1]")))) == ["c", "b", "a"])
        let bytes = try #require(
            try change(Mutation("containers[0].id", .swap("containers[1].podSandboxId")))
        )
        #expect(try read("containers[0].id", in: name, bytes) == .text("p2"))
        #expect(try read("containers[1].podSandboxId", in: name, bytes) == .text("a"))
        #expect(try change(Mutation("containers[0]", .swap("containers[9]"))) == nil)
    }

    @Test func `A message, a text and bytes grow by as much as was asked`() throws {
        let plain = try message("ExecSyncResponse", #"{"stdout": "aGk="}"#)
        let padded = try #require(try [Mutation("stdout", .pad(1000))].apply(to: plain, message: "ExecSyncResponse"))
        guard case .bytes(let stdout)? = try read("stdout", in: "ExecSyncResponse", padded) else {
            Issue.record("no stdout")
            return
        }
        #expect(stdout.count == 1002)
        let whole = try #require(try [Mutation("", .pad(17 << 20))].apply(to: plain, message: "ExecSyncResponse"))
        #expect(whole.count > 17 << 20)
        #expect(try record("ExecSyncResponse", whole) == record("ExecSyncResponse", plain))
        let bounded = try #require(try [Mutation("", .pad(.max))].apply(to: plain, message: "ExecSyncResponse"))
        #expect(bounded.count <= Mutation.growthLimit + 64)
    }

    @Test func `All items together grow by no more than a message may`() throws {
        let name = "ListContainersResponse"
        let one = #"{"id": "a", "imageRef": "i"}"#
        let plain = try message(name, "{\"containers\": [\(Array(repeating: one, count: 5).joined(separator: ", "))]}")
        for mutation in [
            Mutation("containers[*].imageRef", .pad(.max)), Mutation("containers[*]", .repeat(.max)),
        ] {
            let grown = try #require(try [mutation].apply(to: plain, message: name))
            #expect(grown.count > plain.count)
            #expect(grown.count <= Mutation.growthLimit + 1024)
        }
    }

    @Test func `Entries of maps and items of lists of texts are within reach`() throws {
        let name = "ListContainersResponse"
        let bytes = try #require(
            try change(
                Mutation("containers[0].labels[x]", .set(.text("2"))),
                Mutation("containers[1].labels[y]", .set(.text("3")))
            )
        )
        #expect(try read("containers[0].labels[x]", in: name, bytes) == .text("2"))
        #expect(try read("containers[1].labels[y]", in: name, bytes) == .text("3"))
        let config = try message("CreateContainerRequest", #"{"config": {"args": ["a", "b", "c"]}}"#)
        let changed = try #require(
            try [Mutation("config.args[1]", .drop), Mutation("config.args", .add(.text("d")))]
                .apply(to: config, message: "CreateContainerRequest")
        )
        let args = try read("config.args", in: "CreateContainerRequest", changed)
        #expect(args == .list([.text("a"), .text("c"), .text("d")]))
    }

    @Test func `What stands for a protected pod is spared, whatever is done with the list`() throws {
        let bytes = try message("ListContainersResponse", Self.containers)
        for operation in [Mutation.Operation.drop, .clear, .repeat(2)] {
            let changed = try [Mutation("containers", operation)].apply(to: bytes, message: "ListContainersResponse") {
                message,
                item in
                message == "Container" && (try? read("podSandboxId", in: message, item)) == .text("p2")
            }
            #expect(try ids(changed).filter { $0 == "b" } == ["b"], "\(operation)")
        }
        let kept = try [Mutation("containers[id=a]", .filter), Mutation("containers[*].createdAt", .set(.integer(7)))]
            .apply(to: bytes, message: "ListContainersResponse") { _, item in
                (try? read("podSandboxId", in: "Container", item)) == .text("p2")
            }
        #expect(try ids(kept) == ["a", "b"])
        #expect(try read("containers[1].createdAt", in: "ListContainersResponse", try #require(kept)) == .integer(200))
    }

    @Test func `What finds nothing to change says so`() throws {
        #expect(try change(Mutation("containers[id=z]", .drop)) == nil)
        #expect(try change(Mutation("containers[9].id", .set(.text("x")))) == nil)
        #expect(try change(Mutation("containers[0].id", .set(.text("a")))) == nil)
        #expect(try change("{}", "ListContainersResponse", Mutation("containers", .clear)) == nil)
    }

    @Test func `A path of another RPC's message is skipped`() throws {
        let bytes = try #require(
            try change(
                Mutation("items.metadata", .clear),
                Mutation("containers[0]", .drop)
            )
        )
        #expect(try ids(bytes) == ["b", "c"])
    }

    @Test func `Bytes that are no message are an error`() {
        #expect(throws: WireError.self) {
            try [Mutation("containers[0]", .drop)].apply(to: [0x0a, 0x7f], message: "ListContainersResponse")
        }
    }

    static let mistakes: [(Mutation, String, String)] = [
        (Mutation("container", .drop), "ListContainersResponse", "did you mean containers?"),
        (Mutation("containers.ide", .clear), "ListContainersResponse", "did you mean id?"),
        (Mutation("containers[foo=1]", .drop), "ListContainersResponse", "no field 'foo'"),
        (Mutation("containers[foo]", .drop), "ListContainersResponse", "a condition is written as"),
        (Mutation("containers[0", .drop), "ListContainersResponse", "closing bracket"),
        (Mutation("containers.id", .drop), "ListContainersResponse", "no list"),
        (Mutation("containers[0].id[0]", .clear), "ListContainersResponse", "neither a list nor a map"),
        (Mutation("containers[0].state", .set(.text("RUNNING"))), "ListContainersResponse", "does not fit"),
        (Mutation("containers[0].createdAt", .set(.integer(.max))), "ListContainersResponse", "does not fit"),
        (Mutation("containers[0].id", .scale(2)), "ListContainersResponse", "no number"),
        (Mutation("containers[0].createdAt", .pad(2)), "ListContainersResponse", "neither text nor bytes"),
        (Mutation("containers[state=CONTAINER_RUNING]", .drop), "ListContainersResponse", "CONTAINER_RUNNING"),
        (Mutation("containers[createdAt=5s]", .drop), "ListContainersResponse", "in digits"),
        (Mutation("containers[0].id", .swap("nothing")), "ListContainersResponse", "swap with 'nothing'"),
        (Mutation("", .clear), "ListContainersResponse", "no field ''"),
        (Mutation("a", .clear), "NoSuchMessage", "no message"),
        (Mutation(String(repeating: "a.", count: 600), .clear), "ListContainersResponse", "longer than"),
    ]

    @Test(arguments: mistakes)
    func `A mistake is named before any message comes`(mutation: Mutation, message: String, hint: String) {
        let error = #expect(throws: FieldPatternError.self) { try mutation.check(in: message) }
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
    }
}

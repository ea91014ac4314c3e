import CRICatalog
import Testing

@testable import CRIClient

/// The small values: endpoints, codes, timeouts, options.
struct ValueTests {
    @Test(arguments: [
        "unix:///run/containerd/containerd.sock", "unix:/run/containerd/containerd.sock",
        "/run/containerd/containerd.sock",
    ])
    func `an endpoint is a unix socket by URL or by path`(text: String) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint.path == "/run/containerd/containerd.sock")
        #expect("\(endpoint)" == "unix:///run/containerd/containerd.sock")
    }

    @Test(arguments: [
        ("", EndpointError.Code.empty, "empty"),
        ("tcp://127.0.0.1:1234", .unsupportedScheme, "tcp://"),
        ("npipe:////./pipe/containerd", .unsupportedScheme, "npipe://"),
        ("run/x.sock", .relative, "no absolute path"),
        ("unix://run/x.sock", .relative, "no absolute path"),
        ("unix://", .relative, "no absolute path"),
        ("/", .notAPath, "does not name a socket"),
        ("/run/", .notAPath, "does not name a socket"),
        ("/run/\u{0}x", .notAPath, "does not name a socket"),
        ("/" + String(repeating: "x", count: 120), .tooLong, "121 bytes"),
    ])
    func `a text that is no endpoint is refused with its reason`(text: String, code: EndpointError.Code, words: String)
    {
        let error = #expect(throws: EndpointError.self) { try Endpoint(text) }
        #expect(error?.code == code)
        #expect(error?.description.contains(words) == true)
    }

    @Test func `codes and names are each other's inverse`() {
        #expect(StatusCode.all.count == 17)
        for code in StatusCode.all { #expect(StatusCode(name: code.name) == code) }
        #expect(StatusCode.deadlineExceeded.name == "DEADLINE_EXCEEDED")
        #expect(StatusCode.internalError.rawValue == 13)
        #expect(StatusCode(rawValue: 99).name == "CODE_99")
        #expect(StatusCode(rawValue: -1).name == "CODE_-1")
        #expect(StatusCode(name: "NOPE") == nil)
    }

    // As grpc-go's EncodeDuration has them.
    @Test(arguments: [
        (Duration.zero, "0n"), (.seconds(-1), "0n"), (.nanoseconds(1), "1n"), (.nanoseconds(99_999_999), "99999999n"),
        (.nanoseconds(100_000_000), "100000u"), (.nanoseconds(100_000_001), "100001u"), (.seconds(1), "1000000u"),
        (.seconds(120), "120000m"), (.seconds(99_999), "99999000m"), (.seconds(100_000), "100000S"),
        (.seconds(99_999_999), "99999999S"), (.seconds(100_000_000), "1666667M"),
        (.seconds(10_000_000_000), "2777778H"), (.seconds(Int64.max), "99999999H"),
    ])
    func `a timeout is written in the smallest unit of eight digits, rounded up`(timeout: Duration, header: String) {
        #expect(GRPCTimeout.header(timeout) == header)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a%20b", "a b"), ("%C3%BC", "ü"), ("100%", "100%"), ("%zz%4", "%zz%4"), ("%25%0A", "%\n"),
        ("%ff", "\u{fffd}"), ("", ""),
    ])
    func `a status message is percent-decoded and never lost`(text: String, decoded: String) {
        #expect(percentDecoded(text) == decoded)
    }

    @Test(
        arguments: [
            ("Version", nil, 120), ("RunPodSandbox", nil, 240), ("PullImage", nil, nil),
            ("GetContainerEvents", nil, nil),
            ("StopContainer", 30, 150), ("StopContainer", nil, 120), ("StopContainer", -7, 120), ("ExecSync", 5, 125),
            ("ExecSync", nil, nil), ("CheckpointContainer", 500, 500), ("CheckpointContainer", 5, 120),
        ] as [(String, Int128?, Int?)]
    )
    func `kubelet's deadline follows the request`(name: String, timeout: Int128?, seconds: Int?) throws {
        let rpc = try rpc(name)
        var request = Record(type: rpc.request)
        request["timeout"] = timeout.map(Value.integer)
        let options = CallOptions.kubelet(rpc, request: request)
        #expect(options.deadline == seconds.map { .seconds($0) })
        #expect(options.receiveLimit == 16 << 20)
    }

    @Test func `an absurd timeout of a request does not overflow`() throws {
        let stop = try rpc("StopContainer")
        let request = Record(type: stop.request, fields: ["timeout": .integer(Int128(Int64.max))])
        let deadline = try #require(CallOptions.kubelet(stop, request: request).deadline)
        #expect(deadline > .seconds(Int64.max))
        #expect(CallOrder.deadline(after: deadline) != nil)
    }
}

import CRICatalog
import CRIClient
import Testing

@testable import Runner

@Suite struct APIProbeTests {
    private func observation(_ since: Int, _ knowledge: APIProbe.Knowledge) -> APIProbe.Observation {
        APIProbe.Observation(
            name: "RPC\(since)",
            since: KubernetesMinor(major: 1, minor: since),
            knowledge: knowledge,
            words: "said"
        )
    }

    @Test(
        "A Go server's texts tell what it knows",
        arguments: [
            ("UNIMPLEMENTED", "unknown method X for service runtime.v1.RuntimeService", APIProbe.Knowledge.unknown),
            ("UNIMPLEMENTED", "method X not implemented", .known), ("UNIMPLEMENTED", "", .unclear),
            ("NOT_FOUND", "no such container", .known), ("OK", "", .known), ("INTERNAL", "panic", .known),
            ("UNAVAILABLE", "connection refused", .unclear), ("DEADLINE_EXCEEDED", "", .unclear),
        ]
    )
    func texts(code: String, message: String, knowledge: APIProbe.Knowledge) throws {
        let code = try #require(StatusCode(name: code))
        #expect(APIProbe.Knowledge(code: code, message: message) == knowledge)
    }

    @Test func `The minor is the youngest that is known, by RPC or by field`() {
        let seen = [observation(33, .unknown), observation(28, .known), observation(26, .known)]
        #expect(APIProbe(seen, youngestField: nil).minor?.description == "1.28")
        let field = ("StatusResponse.features", KubernetesMinor(major: 1, minor: 31))
        let both = APIProbe(seen, youngestField: field)
        #expect(both.minor?.description == "1.31")
        #expect(both.evidence.contains("RPC33"))
        #expect(both.evidence.contains("StatusResponse.features"))
    }

    @Test func `A server that never says so is judged for everything`() {
        let silent = APIProbe([observation(33, .unclear), observation(28, .unclear)], youngestField: nil)
        #expect(silent.minor == nil)
        let old = APIProbe([observation(33, .unknown), observation(25, .unknown)], youngestField: nil)
        #expect(old.minor?.description == "1.23")
    }
}

import CRICatalog
import Testing

@testable import KubeletLoad

struct KubeletCallsTests {
    private static let pods = [
        LoadedPod(id: "a", containers: ["a1", "a2"]), LoadedPod(id: "b", containers: ["b1"]),
    ]

    @Test(arguments: KubeletTrigger.allCases)
    func `Every call is one of the CRI, and its request is encoded whole`(trigger: KubeletTrigger) throws {
        let calls = KubeletCalls().calls(of: trigger, pod: Self.pods[0], pods: Self.pods)
        #expect(!calls.isEmpty)
        for call in calls + KubeletCalls().startup {
            let rpc = try #require(Catalog.cri.rpc(named: call.rpc))
            #expect(rpc.request == call.request.type)
            let bytes = MessageCodec(.cri).encode(call.request)
            #expect(try MessageCodec(.cri).decode(bytes, as: rpc.request) == Self.withoutDefaults(call.request))
        }
    }

    /// proto3 does not send a state that is the enum's first, and a record without it is the same message.
    private static func withoutDefaults(_ record: Record) -> Record {
        guard var filter = record["filter"]?.record, var state = filter["state"]?.record,
            case .enumeration(let value)? = state["state"], value.number == 0
        else { return record }
        var record = record
        state["state"] = nil
        filter["state"] = .record(state)
        record["filter"] = .record(filter)
        return record
    }

    @Test func `A pod's turn asks for its own status and that of each of its containers`() {
        let calls = KubeletCalls().calls(of: .pod, pod: Self.pods[0], pods: Self.pods)
        #expect(
            calls.map(\.rpc) == [
                "ListPodSandbox", "PodSandboxStatus", "ListContainers", "ContainerStatus", "ContainerStatus",
            ]
        )
        #expect(calls.compactMap { $0.request["containerId"]?.text } == ["a1", "a2"])
    }

    @Test func `Log rotation looks at every running container`() {
        let calls = KubeletCalls().calls(of: .logs, pod: nil, pods: Self.pods)
        #expect(calls.compactMap { $0.request["containerId"]?.text } == ["a1", "a2", "b1"])
    }

    /// reference: "Steady idle load is thus about 5 to 7 RPCs a second a node".
    @Test func `With thirty pods of one container the load is what a node's is`() {
        let pods = (0..<30).map { LoadedPod(id: "\($0)", containers: ["c\($0)"]) }
        let rate = KubeletTrigger.allCases.reduce(0.0) { sum, trigger in
            let calls = KubeletCalls().calls(of: trigger, pod: pods[0], pods: pods)
            guard let period = trigger.period(pods: pods.count) else { return sum }
            return sum + Double(calls.count) / (period / .seconds(1))
        }
        #expect((5...12).contains(rate), "\(rate)")
    }

    @Test func `Without pods nobody asks for one, and with events the relist only backs them up`() {
        #expect(KubeletTrigger.pod.period(pods: 0) == nil)
        #expect(KubeletTrigger.relist.period(pods: 5) == .seconds(1))
        #expect(KubeletTrigger.relist.period(pods: 5, usesEvents: true) == .seconds(300))
    }
}

import CRICatalog
import Testing

@Suite struct CatalogTests {
    private let catalog = Catalog.cri

    @Test func `The CRI has 43 RPCs, 175 messages, 478 fields and 11 enums`() {
        #expect(catalog.rpcs.count == 43)
        #expect(catalog.messages.count == 175)
        #expect(catalog.messages.map(\.fields.count).reduce(0, +) == 478)
        #expect(catalog.enums.count == 11)
    }

    @Test func `Every name and every number is given once`() {
        #expect(Set(catalog.rpcs.map(\.name)).count == catalog.rpcs.count)
        #expect(Set(catalog.messages.map(\.name)).count == catalog.messages.count)
        #expect(Set(catalog.enums.map(\.name)).count == catalog.enums.count)
        for message in catalog.messages {
            #expect(Set(message.fields.map(\.number)).count == message.fields.count, "\(message.name)")
            #expect(Set(message.fields.map(\.jsonName)).count == message.fields.count, "\(message.name)")
        }
        for enumeration in catalog.enums {
            #expect(Set(enumeration.members.map(\.name)).count == enumeration.members.count, "\(enumeration.name)")
            #expect(enumeration.members.first?.number == 0, "proto3 enums begin with zero: \(enumeration.name)")
        }
    }

    @Test func `Every message is reached from an RPC`() {
        var seen: Set<String> = []
        var open = catalog.rpcs.flatMap { [$0.request, $0.response] }
        while let name = open.popLast() {
            guard seen.insert(name).inserted else { continue }
            for field in catalog.message(named: name)?.fields ?? [] {
                if case .message(let inner) = field.type { open.append(inner) }
            }
        }
        #expect(Set(catalog.messages.map(\.name)).subtracting(seen).sorted() == [])
    }

    @Test func `A value that got another name is as old as its number`() throws {
        let signals = try #require(catalog.enumeration(named: "Signal"))
        let field = try #require(catalog.message(named: "ContainerConfig")?.field(named: "stopSignal"))
        for member in signals.members { #expect(member.since == field.since, "\(member.name)") }
    }

    @Test func `No field is older than its message's first and none is newer than 1.37`() {
        let newest = KubernetesMinor(major: 1, minor: 37)
        for message in catalog.messages {
            for field in message.fields { #expect(field.since <= newest, "\(message.name).\(field.name)") }
        }
        for rpc in catalog.rpcs { #expect(rpc.since <= newest, "\(rpc.name)") }
    }

    @Test func `A field is found by either spelling`() throws {
        let message = try #require(catalog.message(named: "PodSandboxStatusRequest"))
        #expect(message.field(named: "podSandboxId")?.number == 1)
        #expect(message.field(named: "pod_sandbox_id")?.number == 1)
        #expect(message.field(named: "PodSandboxId") == nil)
    }

    @Test(
        "An RPC is found by the path of its requests",
        arguments: [
            ("/runtime.v1.RuntimeService/Version", "Version"), ("/runtime.v1.ImageService/PullImage", "PullImage"),
            ("/runtime.v1.ImageService/Version", nil), ("/runtime.v1alpha2.RuntimeService/Version", nil),
            ("runtime.v1.RuntimeService/Version", nil), ("/", nil), ("", nil), ("//Version", nil),
        ] as [(String, String?)]
    )
    func paths(path: String, name: String?) {
        #expect(catalog.rpc(path: path)?.name == name)
    }

    @Test func `The deadlines are kubelet's`() {
        #expect(catalog.rpc(named: "RunPodSandbox")?.deadline == .seconds(240))
        #expect(catalog.rpc(named: "Version")?.deadline == .seconds(120))
        #expect(catalog.rpc(named: "ExecSync")?.deadline == .secondsPlusTimeout(120))
        #expect(catalog.rpc(named: "PullImage")?.deadline == KubeletDeadline.none)
    }

    private static let rpcHeader = "service\trpc\trequest\tresponse\tkind\tsince\tcore\tdeadline\n"
    private static let fieldHeader = "message\tfield\tnumber\ttype\tlabel\toptions\tsince\tunit\n"
    private static let enumHeader = "enum\tvalue\tnumber\tsince\n"

    @Test(
        "A table that does not parse is named with its line",
        arguments: [
            (
                rpcHeader + "Nobody\tX\tA\tA\tunary\t1.23\t\t120s\n",
                fieldHeader + "A\tb\t1\tbool\tsingular\t\t1.23\t\n", enumHeader, "rpcs.tsv:2"
            ),
            (
                rpcHeader + "ImageService\tX\tA\tA\tunary\t1.23\t\tsoon\n",
                fieldHeader + "A\tb\t1\tbool\tsingular\t\t1.23\t\n", enumHeader, "rpcs.tsv:2"
            ),
            (
                rpcHeader + "ImageService\tX\tB\tA\tunary\t1.23\t\t1s\n",
                fieldHeader + "A\tb\t1\tbool\tsingular\t\t1.23\t\n", enumHeader, "rpcs.tsv"
            ),
            (rpcHeader, fieldHeader + "A\tb\t0\tbool\tsingular\t\t1.23\t\n", enumHeader, "fields.tsv:2"),
            (rpcHeader, fieldHeader + "A\tb\t1\tNothing\tsingular\t\t1.23\t\n", enumHeader, "fields.tsv"),
            (rpcHeader, fieldHeader + "A\tb\t1\tbool\tsingular\n", enumHeader, "fields.tsv:2"),
            (rpcHeader, fieldHeader + "A\tb\t1\tbool\tsometimes\t\t1.23\t\n", enumHeader, "fields.tsv:2"),
            (rpcHeader, fieldHeader + "A\tb\t1\tbool\tsingular\tfancy\t1.23\t\n", enumHeader, "fields.tsv:2"),
            (
                rpcHeader, fieldHeader + "A\tb\t1\tbool\tsingular\t\t1.23\t\nA\tb\t2\tbool\tsingular\t\t1.23\t\n",
                enumHeader, "fields.tsv:3"
            ),
            (
                rpcHeader, fieldHeader + "A\tb\t1\tbool\tsingular\t\t1.23\t\nA\tc\t1\tbool\tsingular\t\t1.23\t\n",
                enumHeader, "fields.tsv:3"
            ),
            (rpcHeader, fieldHeader, enumHeader + "E\tX\tone\t1.23\n", "enums.tsv:2"),
            (rpcHeader, fieldHeader, enumHeader + "E\tX\t0\tnew\n", "enums.tsv:2"),
            ("", fieldHeader, enumHeader, "rpcs.tsv:1"),
        ]
    )
    func brokenTables(rpcs: String, fields: String, enums: String, place: String) {
        let error = #expect(throws: CatalogError.self) { try Catalog(rpcs: rpcs, fields: fields, enums: enums) }
        #expect(error?.description.hasPrefix(place) == true, "\(error?.description ?? "")")
    }
}

import Testing

@testable import ManagedRuntime

struct NetfilterTests {
    /// As the portmap plugin, CRI-O and Docker write them.
    private static let rules = """
        *nat
        :PREROUTING ACCEPT [0:0]
        :CNI-DN-0a1b2c3d4e5f60718 - [0:0]
        -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"crisol\\" id: \\"4f0c2d9e8b7a\\"" -m multiport --dports 40001,40002 -j CNI-DN-0a1b2c3d4e5f60718
        -A CNI-DN-0a1b2c3d4e5f60718 -p tcp -m tcp --dport 40001 -j DNAT --to-destination 10.4.0.7:80
        -A KUBE-HOSTPORTS -p tcp -m comment --comment "pod-53cf0e9d-1_default_0_ hostport 40003" -m tcp --dport 40003 -j KUBE-HP-AAAA
        -A DOCKER ! -i docker0 -p tcp -m tcp --dport 40004 -j DNAT --to-destination 172.17.0.2:40001
        -A POSTROUTING -s 10.4.0.0/16 -j MASQUERADE
        COMMIT
        """

    @Test(
        "A rule is found by a word in it or by the port it is for",
        arguments: [
            (["4f0c2d9e8b7a"], [], ["CNI-HOSTPORT-DNAT"]), (["53cf0e9d"], [], ["KUBE-HOSTPORTS"]),
            ([], [40001], ["CNI-HOSTPORT-DNAT", "CNI-DN-0a1b2c3d4e5f60718"]), ([], [40002], ["CNI-HOSTPORT-DNAT"]),
            ([], [40004], ["DOCKER"]), ([], [4000], []), (["000000000000"], [80], []), (["pod", ""], [], []),
        ] as [([String], [Int], [String])]
    )
    func found(words: [String], ports: [Int], chains: [String]) {
        let lines = Netfilter.lines(of: Self.rules, naming: words, ports: ports)
        #expect(lines.map { $0.split(separator: " ")[1] } == chains.map { $0[...] })
    }
}

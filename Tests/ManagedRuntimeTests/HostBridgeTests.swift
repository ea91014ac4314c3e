import Testing

@testable import ManagedRuntime

struct HostBridgeTests {
    @Test func `A bridge takes a part of the network that no interface is in`() {
        let taken = (0...255).filter { $0 != 77 }.map { "10.213.\($0).1" }
        #expect(HostBridge.subnet(beside: taken + ["192.168.77.1"]) == "10.213.77.0/24")
        #expect(HostBridge.subnet(beside: taken + ["10.213.77.9"]) == nil)
        #expect(HostBridge.subnet(beside: [])?.hasPrefix("10.213.") ?? false)
    }

    @Test func `Only a run's own bridge is ever removed, and one that is not there is gone`() {
        #expect(HostBridge.remove("docker0") != nil)
        #expect(HostBridge.remove("cr-abcd1234; true") != nil)
        #expect(HostBridge.remove(HostBridge.name(run: "zzzz9999")) == nil)
    }
}

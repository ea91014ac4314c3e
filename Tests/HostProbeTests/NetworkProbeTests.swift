import Foundation
import Testing

@testable import HostProbe

/// Attempts against sockets of this test's own.
@Suite struct NetworkProbeTests {
    /// A TCP socket on the loopback, which listens there or only keeps its port from others, and that port.
    private func listener(listening: Bool = true) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && (!listening || listen(descriptor, 8) == 0)
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(bound)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    @Test func `What a server says until it closes is received`() async throws {
        let (descriptor, port) = try listener()
        let served = Thread {
            let connection = accept(descriptor, nil, nil)
            // The client says that it will send nothing; only then does this server speak, in two pieces.
            var byte: UInt8 = 0
            _ = read(connection, &byte, 1)
            _ = write(connection, "one ", 4)
            _ = write(connection, "two", 3)
            close(connection)
            close(descriptor)
        }
        served.start()
        let contact = await NetworkProbe.connect(to: "127.0.0.1", port: port, timeout: .seconds(300))
        #expect(contact == Contact(result: .connected, received: Array("one two".utf8)))
    }

    @Test func `A server that says nothing and stays is connected`() async throws {
        let (descriptor, port) = try listener()
        defer { close(descriptor) }
        // The kernel accepts for a program that does not.
        let contact = await NetworkProbe.connect(to: "127.0.0.1", port: port, timeout: .milliseconds(300))
        #expect(contact == Contact(result: .connected, received: []))
    }

    @Test func `A port where nobody listens refuses, and a name is no address`() async throws {
        let (descriptor, port) = try listener(listening: false)
        defer { close(descriptor) }
        let refused = await NetworkProbe.connect(to: "127.0.0.1", port: port, timeout: .seconds(300))
        #expect(refused == Contact(result: .refused, received: []))
        let named = await NetworkProbe.connect(to: "localhost", port: port, timeout: .seconds(300))
        #expect(named == Contact(result: .badAddress, received: []))
    }

    /// A UDP socket on the loopback, and its port.
    private func datagramSocket() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(bound)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// Gives a UDP socket its one peer, on the loopback.
    private func connect(_ descriptor: Int32, toPort port: UInt16) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
    }

    @Test func `The answer to a datagram is received, from the port that was asked for`() async throws {
        let (server, port) = try datagramSocket()
        let (client, source) = try datagramSocket()
        close(client)
        let served = Thread {
            var sender = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            var byte: UInt8 = 0
            withUnsafeMutablePointer(to: &sender) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = recvfrom(server, &byte, 1, 0, $0, &length)
                    let text = "to \(UInt16(bigEndian: pointer.pointee.sin_port))"
                    _ = sendto(server, text, text.utf8.count, 0, $0, length)
                }
            }
            close(server)
        }
        served.start()
        let contact = await NetworkProbe.exchange(to: "127.0.0.1", port: port, from: source, timeout: .seconds(300))
        #expect(contact == Contact(result: .connected, received: Array("to \(source)".utf8)))
    }

    @Test func `A datagram that nobody listens for is refused, and one that nobody answers times out`() async throws {
        let (deaf, port) = try datagramSocket()
        let silent = await NetworkProbe.exchange(to: "127.0.0.1", port: port, timeout: .milliseconds(300))
        #expect(silent == Contact(result: .timedOut, received: []))
        // One that has a peer takes nothing from others, and keeps its port from them.
        try connect(deaf, toPort: 9)
        defer { close(deaf) }
        let refused = await NetworkProbe.exchange(to: "127.0.0.1", port: port, timeout: .seconds(300))
        #expect(refused == Contact(result: .refused, received: []))
        let named = await NetworkProbe.exchange(to: "localhost", port: port, timeout: .seconds(300))
        #expect(named == Contact(result: .badAddress, received: []))
    }
}

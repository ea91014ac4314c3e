/// The channels that Kubernetes lays over one WebSocket: the first byte of every message says which.
///
/// Pure bookkeeping: who may speak on a channel, and what is over.
struct WebSocketChannels {
    /// What the channels of a connection are for.
    enum Layout: Hashable, Sendable {
        /// `[v4.]channel.k8s.io`: 0 stdin, 1 stdout, 2 stderr, 3 error, 4 resize. `v5` adds 255, CLOSE.
        case remoteCommand(hasClose: Bool)
        /// The old binary port-forward: for the port at index i, 2i carries data and 2i+1 errors. The server's first
        /// two bytes on each are the port, little-endian.
        case portForward([UInt16])
    }

    /// The channel whose messages name a channel that ends (KEP-4006).
    static let close: UInt8 = 255
    /// Port-forward channels that a byte can number.
    static let mostPorts = 128

    struct Channel {
        let isReadable: Bool
        let isWritable: Bool
        /// The port that the server must name first, and how much of it has come.
        var announcement: (port: UInt16, received: [UInt8])?
        var isFinishedByPeer = false
        var isFinishedByUs = false
    }

    let layout: Layout
    private(set) var channels: [UInt8: Channel] = [:]

    init(_ layout: Layout) {
        self.layout = layout
        switch layout {
        case .remoteCommand:
            for number in UInt8(0)...4 {
                let isOutput = (1...3).contains(number)
                channels[number] = Channel(isReadable: isOutput, isWritable: !isOutput)
            }
        case .portForward(let ports):
            for (index, port) in ports.prefix(Self.mostPorts).enumerated() {
                let data = UInt8(2 * index)
                channels[data] = Channel(isReadable: true, isWritable: true, announcement: (port, []))
                channels[data + 1] = Channel(isReadable: true, isWritable: false, announcement: (port, []))
            }
        }
    }

    /// Whether a channel can be ended while the connection goes on.
    var canClose: Bool { layout == .remoteCommand(hasClose: true) }

    /// Whether the server may send on this channel at this point.
    func checkReadable(_ number: UInt8) throws(StreamingError) {
        if canClose, number == Self.close { return }
        guard let channel = channels[number], channel.isReadable else {
            throw .violation("the server sent a WebSocket message for channel \(number), which is not its to use")
        }
        guard !channel.isFinishedByPeer else {
            throw .violation("the server sent a WebSocket message for channel \(number) after closing it")
        }
    }

    /// Takes the server's announcement of a port from the front of what it sent.
    ///
    /// - Returns: whether the announcement is complete with these bytes.
    mutating func takeAnnouncement(_ number: UInt8, _ bytes: inout [UInt8]) throws(StreamingError) -> Bool {
        guard var channel = channels[number], var (port, received) = channel.announcement else { return false }
        let taken = bytes.prefix(2 - received.count)
        received += taken
        bytes.removeFirst(taken.count)
        if received.count == 2 {
            let announced = UInt16(received[0]) | UInt16(received[1]) << 8
            guard announced == port else {
                throw .violation("the server forwards port \(announced) on channel \(number), not \(port)")
            }
            port = announced
        }
        channel.announcement = received.count == 2 ? nil : (port, received)
        channels[number] = channel
        return received.count == 2
    }

    /// The server has ended its direction of a channel, or says that it wants no more on ours.
    ///
    /// - Returns: whether something ended that the server was sending.
    mutating func closedByPeer(_ number: UInt8) throws(StreamingError) -> Bool {
        guard let channel = channels[number] else {
            throw .violation("the server closed channel \(number), which does not exist")
        }
        channels[number]?.isFinishedByPeer = true
        if channel.isWritable { channels[number]?.isFinishedByUs = true }
        return channel.isReadable && !channel.isFinishedByPeer
    }

    func checkWritable(_ number: UInt8) throws(StreamingError) {
        guard let channel = channels[number], channel.isWritable else {
            throw StreamingError(.notPossible, "channel \(number) is not the client's to write on")
        }
        guard !channel.isFinishedByUs else {
            throw StreamingError(.closed, "channel \(number) was closed before")
        }
    }

    mutating func finishedByUs(_ number: UInt8) { channels[number]?.isFinishedByUs = true }
}

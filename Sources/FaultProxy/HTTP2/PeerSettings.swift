internal import NIOCore

/// What one end of a connection has announced about itself (RFC 9113 section 6.5.2).
struct PeerSettings: Equatable {
    var headerTableSize: UInt32 = 4096
    var maxConcurrentStreams: UInt32 = .max
    var initialWindowSize = 65_535
    var maxFrameSize = 16_384
    var maxHeaderListSize: UInt32 = .max

    /// Takes in the payload of a SETTINGS frame; values that RFC 9113 forbids are left out, for its receiver will end
    /// the connection over them.
    mutating func apply(_ payload: ByteBuffer) {
        var payload = payload
        while let name = payload.readInteger(as: UInt16.self), let value = payload.readInteger(as: UInt32.self) {
            switch name {
            case 1: headerTableSize = value
            case 3: maxConcurrentStreams = value
            case 4 where value <= 0x7fff_ffff: initialWindowSize = Int(value)
            case 5 where (16_384...16_777_215).contains(value): maxFrameSize = Int(value)
            case 6: maxHeaderListSize = value
            default: break
            }
        }
    }
}

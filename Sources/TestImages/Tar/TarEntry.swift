/// One entry of a tar archive, with names already checked.
struct TarEntry: Sendable {
    enum Kind: Sendable {
        case file(Content)
        case directory
        case symbolicLink(target: String)
    }

    enum Content: Sendable {
        case bytes([UInt8])
        case filler(Filler)
    }

    /// The path without a leading slash.
    let path: String
    let kind: Kind
    let mode: UInt16
    let user: UInt32
    let group: UInt32

    init(_ path: String, _ kind: Kind, mode: UInt16, user: UInt32 = 0, group: UInt32 = 0) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.user = user
        self.group = group
    }

    /// The number of content bytes.
    var size: Int {
        switch kind {
        case .file(.bytes(let bytes)): bytes.count
        case .file(.filler(let filler)): filler.count
        case .directory, .symbolicLink: 0
        }
    }
}

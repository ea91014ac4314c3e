/// One file, directory or symbolic link of an image.
public struct ImageFile: Sendable, Hashable {
    /// What it is.
    public enum Content: Sendable, Hashable {
        /// A regular file with these bytes.
        case regular([UInt8])
        /// A directory.
        case directory
        /// A symbolic link to this target, which may be relative and need not exist.
        case symbolicLink(target: String)
    }

    /// What it is.
    public var content: Content
    /// The permission bits, set-uid, set-gid and sticky included: 0 to 0o7777. A symbolic link's own mode is ignored.
    public var mode: UInt16
    /// The owner.
    public var userID: UInt32
    /// The group.
    public var groupID: UInt32

    /// Creates a file.
    public init(_ content: Content, mode: UInt16, userID: UInt32 = 0, groupID: UInt32 = 0) {
        self.content = content
        self.mode = mode
        self.userID = userID
        self.groupID = groupID
    }

    /// A regular file.
    public static func file(
        _ bytes: [UInt8],
        mode: UInt16 = 0o644,
        userID: UInt32 = 0,
        groupID: UInt32 = 0
    ) -> ImageFile {
        ImageFile(.regular(bytes), mode: mode, userID: userID, groupID: groupID)
    }

    /// A regular file with this text in UTF-8.
    public static func text(
        _ text: String,
        mode: UInt16 = 0o644,
        userID: UInt32 = 0,
        groupID: UInt32 = 0
    ) -> ImageFile {
        file(Array(text.utf8), mode: mode, userID: userID, groupID: groupID)
    }

    /// A directory.
    public static func directory(mode: UInt16 = 0o755, userID: UInt32 = 0, groupID: UInt32 = 0) -> ImageFile {
        ImageFile(.directory, mode: mode, userID: userID, groupID: groupID)
    }

    /// A symbolic link.
    public static func symbolicLink(to target: String, userID: UInt32 = 0, groupID: UInt32 = 0) -> ImageFile {
        ImageFile(.symbolicLink(target: target), mode: 0o777, userID: userID, groupID: groupID)
    }

    var size: Int {
        switch content {
        case .regular(let bytes): bytes.count
        case .directory, .symbolicLink: 0
        }
    }
}

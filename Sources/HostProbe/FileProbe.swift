public import CRICatalog
import Foundation

/// A file of the node.
public enum FileProbe {
    /// The most of a file's content that is shown, in bytes.
    static let contentLimit = 64 << 10

    /// What is known of a file; one that does not exist has `exists: false`.
    public static func record(path: String, root: HostRoot) throws(ProbeError) -> Record {
        var status = stat()
        guard lstat(root.path(of: path), &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR {
                return Record(
                    type: "file",
                    fields: [
                        "exists": .bool(false), "type": .text(""), "mode": .text(""), "uid": .integer(0),
                        "gid": .integer(0), "size": .integer(0), "content": .bytes([]),
                    ]
                )
            }
            throw ProbeError(errno: errno, path: path)
        }
        let type =
            switch status.st_mode & S_IFMT {
            case S_IFREG: "file"
            case S_IFDIR: "folder"
            case S_IFLNK: "link"
            case S_IFSOCK: "socket"
            case S_IFIFO: "fifo"
            case S_IFCHR, S_IFBLK: "device"
            default: "other"
            }
        let content = type == "file" ? (try? root.bytes(path, limit: contentLimit)) ?? [] : []
        let mode = String(status.st_mode & 0o7777, radix: 8)
        return Record(
            type: "file",
            fields: [
                "exists": .bool(true), "type": .text(type),
                "mode": .text(String(repeating: "0", count: max(0, 4 - mode.count)) + mode),
                "uid": .integer(Int128(status.st_uid)), "gid": .integer(Int128(status.st_gid)),
                "size": .integer(Int128(status.st_size)), "content": .bytes(content),
            ]
        )
    }
}

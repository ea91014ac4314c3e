import Foundation

/// Mounts of ours on the node; each returns what is wrong, or `nil` when it is done (mount(2), umount2(2)).
public enum HostMount {
    /// A small tmpfs.
    public static func temporary(_ path: String) -> String? {
        problem(mount("crisol", path, "tmpfs", UInt(MS_NOSUID | MS_NODEV), "size=1m,mode=0777"))
    }

    /// Makes a folder a mount of its own that propagates mounts both ways.
    public static func bindShared(_ path: String) -> String? {
        if let problem = problem(mount(path, path, nil, UInt(MS_BIND), nil)) { return problem }
        return problem(mount(nil, path, nil, UInt(MS_SHARED), nil))
    }

    /// Puts a file or folder over another one.
    static func bind(_ source: String, over path: String) -> String? {
        problem(mount(source, path, nil, UInt(MS_BIND), nil))
    }

    /// Takes a mount away, also one that is in use; a place where nothing is mounted is well.
    public static func remove(_ path: String) -> String? {
        // What was mounted below it or over it goes first.
        for _ in 0..<16 {
            if umount2(path, Int32(MNT_DETACH)) != 0 {
                return errno == EINVAL || errno == ENOENT ? nil : String(cString: strerror(errno))
            }
        }
        return nil
    }

    private static func problem(_ result: Int32) -> String? { result == 0 ? nil : String(cString: strerror(errno)) }
}

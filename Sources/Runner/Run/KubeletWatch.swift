import Foundation
import HostProbe

/// Finds a kubelet on this node: it removes pods that it does not know within seconds, whatever their labels.
enum KubeletWatch {
    /// A sentence about the kubelet that runs here, if one does.
    static func find(_ root: HostRoot) -> String? {
        let proc = root.path == "/" ? "/proc" : "\(root.path)/proc"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: proc)) ?? []
        for name in names where name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard let comm = FileManager.default.contents(atPath: "\(proc)/\(name)/comm"),
                String(decoding: comm, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) == "kubelet"
            else { continue }
            return
                "a kubelet runs on this node (process \(name)) and would remove the pods of a run: stop it for the time of the run"
        }
        return nil
    }
}

import Foundation
import Synchronization

/// Something that exists because of a run and must not outlive it.
public enum JournalEntry: Codable, Sendable, Hashable {
    /// A cgroup of this name directly below the root of every hierarchy.
    case cgroup(name: String)
    /// Objects on a runtime that is not ours, found by the run's label.
    case objects(endpoint: String)
    /// An image pulled on such a runtime.
    case image(endpoint: String, reference: String)
    /// A mount of ours on the node, below the run's folder.
    case mount(path: String)
    /// A bridge of ours in the node's own network.
    case bridge(name: String)
}

/// Names everything a run makes before it is made, on disk, so that a crash leaves nothing behind for good.
///
/// The folder of a run holds its journal, a lock that is held while the run lives, and all its other files.
public final class RunJournal: Sendable {
    /// Short and unique; also in the labels and cgroup names of everything the run makes.
    public let id: String
    /// The run's private folder.
    public let folder: String
    private let journal: Mutex<Int32>
    /// Held while the run lives; not held by an adopted journal.
    private let lock: Int32?

    private init(id: String, folder: String, journal: Int32, lock: Int32?) {
        self.id = id
        self.folder = folder
        self.journal = Mutex(journal)
        self.lock = lock
    }

    /// The variable that tells the inner process which run it belongs to.
    public static let variable = "CRISOL_RUN"

    /// Begins a run's journal.
    ///
    /// - Throws: `RuntimeError` when the folder cannot be made or written.
    public static func open(state: StateFolder) throws(RuntimeError) -> RunJournal {
        // A clean-up that begins just now may take the folder for that of a run which is no more.
        for _ in 0..<20 {
            let id = String((0..<8).map { _ in idDigits[Int.random(in: 0..<idDigits.count)] })
            let folder = "\(state.runs)/\(id)"
            if let lock = try claim(folder) {
                return RunJournal(id: id, folder: folder, journal: try openFile("\(folder)/journal.jsonl"), lock: lock)
            }
        }
        throw RuntimeError(.system, "no folder in \(state.runs) stays: something removes them as they are made")
    }

    private static let idDigits = Array("0123456789abcdefghijklmnopqrstuvwxyz")

    /// Makes a run's folder and takes its lock.
    ///
    /// - Returns: the lock; `nil` when somebody else had it, or took the folder away.
    static func claim(_ folder: String) throws(RuntimeError) -> Int32? {
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw RuntimeError(
                .system,
                "the folder \(folder) cannot be made: \(error.localizedDescription) (CRISOL_STATE names another place)"
            )
        }
        let path = "\(folder)/lock"
        let lock = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if lock < 0 {
            if errno == ENOENT { return nil }
            throw RuntimeError(.system, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        var (held, named) = (stat(), stat())
        if flock(lock, LOCK_EX | LOCK_NB) == 0, fstat(lock, &held) == 0, stat(path, &named) == 0,
            held.st_ino == named.st_ino
        {
            return lock
        }
        close(lock)
        return nil
    }

    /// The journal of the run this process works for, which another process owns.
    public static func adopt(environment: [String: String], state: StateFolder) throws(RuntimeError) -> RunJournal {
        guard let id = environment[variable], !id.isEmpty else {
            throw RuntimeError(.system, "no run is named in \(variable)")
        }
        let folder = "\(state.runs)/\(id)"
        return RunJournal(id: id, folder: folder, journal: try openFile("\(folder)/journal.jsonl"), lock: nil)
    }

    private static func openFile(_ path: String) throws(RuntimeError) -> Int32 {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RuntimeError(.system, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// Notes something before it is made; on disk when this returns.
    public func record(_ entry: JournalEntry) throws(RuntimeError) {
        let line: Data
        do { line = try JSONEncoder().encode(entry) + Data("\n".utf8) } catch {
            throw RuntimeError(.system, "the journal cannot be written: \(error)")
        }
        let written = journal.withLock { descriptor in
            let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            return count == line.count && fdatasync(descriptor) == 0
        }
        guard written else {
            throw RuntimeError(
                .system,
                "the journal \(folder)/journal.jsonl cannot be written: \(String(cString: strerror(errno)))"
            )
        }
    }

    /// The end of the name of a folder that has nothing in it that anybody would have to know of.
    static let endedSuffix = ".ended"

    /// Removes a run's folder. Under its own name a clean-up might take it for that of a dead run while it is being
    /// emptied, and put a lock into it.
    ///
    /// - Returns: what is wrong, in a sentence.
    static func remove(_ folder: String) -> String? {
        let ended = folder + endedSuffix
        guard rename(folder, ended) == 0 else {
            return errno == ENOENT
                ? nil : "the folder \(folder) cannot be removed: \(String(cString: strerror(errno)))"
        }
        var problem = ""
        // A clean-up may be at it too, and then one of both finds that something has gone already.
        for _ in 0..<20 where FileManager.default.fileExists(atPath: ended) {
            do { try FileManager.default.removeItem(atPath: ended) } catch { problem = error.localizedDescription }
        }
        guard FileManager.default.fileExists(atPath: ended) else { return nil }
        return "the folder \(ended) cannot be removed: \(problem)"
    }

    /// Ends the run: removes its cgroups and files.
    ///
    /// - Returns: what could not be removed, in sentences; the journal then stays for `crisol cleanup`.
    public func finish() async -> [String] {
        let entries = Self.entries(in: folder)
        var problems = Self.unmount(entries, below: folder)
        for case .cgroup(let name) in entries { problems += await CgroupRemoval.remove(named: name) }
        for case .bridge(let name) in entries { problems += [HostBridge.remove(name)].compactMap(\.self) }
        guard problems.isEmpty else { return problems }
        problems += [Self.remove(folder)].compactMap(\.self)
        journal.withLock { descriptor in _ = close(descriptor) }
        if let lock { close(lock) }
        return problems
    }

    /// Takes the run's mounts away, the latest first; what could not be, in sentences.
    static func unmount(_ entries: [JournalEntry], below folder: String) -> [String] {
        var problems: [String] = []
        for case .mount(let path) in entries.reversed() {
            // The path comes from a file; nothing but a mount in the run's own folder may be meant by it.
            guard path.hasPrefix(folder + "/"), !path.split(separator: "/").contains("..") else {
                problems.append("'\(path)' is no mount of this run")
                continue
            }
            if let problem = HostMount.remove(path) { problems.append("the mount \(path) stays: \(problem)") }
        }
        return problems
    }

    /// What a journal names; a last line that a crash tore is passed over.
    static func entries(in folder: String) -> [JournalEntry] {
        let data = FileManager.default.contents(atPath: "\(folder)/journal.jsonl") ?? Data()
        return data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(JournalEntry.self, from: $0)
        }
    }
}

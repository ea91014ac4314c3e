import Foundation

/// Finishes what a crashed or killed run left behind, from its journal: `crisol cleanup`.
public enum Cleanup {
    /// What was done.
    public struct Outcome: Sendable {
        /// The runs whose traces are gone.
        public var finished: [String] = []
        /// Runs that are still at work and were left alone.
        public var live: [String] = []
        /// What could not be removed, in sentences.
        public var problems: [String] = []
    }

    /// Finishes every dead run.
    ///
    /// - Parameter removeObjects: removes a run's objects and images from a runtime that is not ours; what it could
    ///   not remove, in sentences.
    public static func run(
        state: StateFolder,
        removeObjects: @Sendable (_ endpoint: String, _ run: String, _ images: [String]) async -> [String]
    ) async -> Outcome {
        var outcome = Outcome()
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: state.runs) } catch {
            // Where no run has ever been there is no folder.
            let isMissing = (error as? CocoaError)?.code == .fileReadNoSuchFile
            if !isMissing { outcome.problems.append("\(state.runs): \(error.localizedDescription)") }
            return outcome
        }
        for name in names.sorted() {
            let folder = "\(state.runs)/\(name)"
            if name.hasSuffix(RunJournal.endedSuffix) {
                // Killed in its last moment, or in it just now.
                try? FileManager.default.removeItem(atPath: folder)
                continue
            }
            let lock = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard lock >= 0 else {
                // A run that came to its own end meanwhile took its folder away.
                if errno == ENOENT { continue }
                outcome.problems.append("\(folder): \(String(cString: strerror(errno)))")
                continue
            }
            // The descriptor is held to the end: two clean-ups must not work on one run.
            defer { close(lock) }
            guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
                outcome.live.append(name)
                continue
            }
            let problems = await finish(name, folder, removeObjects)
            outcome.problems += problems
            if problems.isEmpty { outcome.finished.append(name) }
        }
        return outcome
    }

    private static func finish(
        _ name: String,
        _ folder: String,
        _ removeObjects: @Sendable (String, String, [String]) async -> [String]
    ) async -> [String] {
        let entries = RunJournal.entries(in: folder)
        var problems = RunJournal.unmount(entries, below: folder)
        var endpoints: Set<String> = []
        for case .objects(let endpoint) in entries { endpoints.insert(endpoint) }
        for endpoint in endpoints.sorted() {
            let images = entries.compactMap { entry in
                if case .image(endpoint, let reference) = entry { reference } else { nil }
            }
            problems += await removeObjects(endpoint, name, images)
        }
        for case .cgroup(let cgroup) in entries { problems += await CgroupRemoval.remove(named: cgroup) }
        for case .bridge(let bridge) in entries { problems += [HostBridge.remove(bridge)].compactMap(\.self) }
        guard problems.isEmpty else { return problems }
        problems += [RunJournal.remove(folder)].compactMap(\.self)
        return problems
    }
}

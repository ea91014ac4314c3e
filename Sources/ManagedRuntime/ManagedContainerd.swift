import CNamespaces
import Foundation
import Synchronization

/// A place in the runtime's own log.
public struct LogPosition: Sendable, Hashable {
    let offset: UInt64
}

/// A private containerd that crisol started itself.
public final class ManagedContainerd: Sendable {
    /// The socket's path.
    public let endpoint: String
    /// As `containerd --version` reports it.
    public let version: String
    /// Its network, which can be made to misbehave.
    public let network: ManagedNetwork
    private let binaries: RuntimeBinaries
    private let folder: String
    private let ready: @Sendable (String) async -> Bool

    private struct State {
        var pid: Int32?
        /// Whether its end was asked for.
        var isStopping = false
        /// How it ended without having been asked to.
        var unexpected: String?
        var exit: Task<Void, Never>?
    }

    private let state = Mutex(State())

    init(
        _ binaries: RuntimeBinaries,
        _ configuration: ContainerdConfiguration,
        ready: @escaping @Sendable (String) async -> Bool
    ) {
        self.binaries = binaries
        self.ready = ready
        folder = configuration.folder
        endpoint = configuration.socket
        network = ManagedNetwork(folder: configuration.folder)
        version = binaries.version
    }

    /// Its process, while it runs.
    public var pid: Int32? { state.withLock { $0.pid } }

    /// Whether it ended without having been asked to.
    public var hasDied: Bool { state.withLock { $0.unexpected != nil } }

    /// How it ended, if nobody asked it to: `killed by signal 9`.
    public var deathReason: String? { state.withLock { $0.unexpected } }

    // MARK: - Life

    /// Starts it and waits until it answers; nothing happens when it runs.
    ///
    /// - Throws: `RuntimeError` with the end of its log when it exits or does not answer within a minute.
    public func start() async throws(RuntimeError) {
        if pid != nil { return }
        let log = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw RuntimeError(.system, "\(logPath): \(String(cString: strerror(errno)))") }
        defer { close(log) }
        var environment = ProcessInfo.processInfo.environment
        let path = binaries.searchPath + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        environment["PATH"] = path.joined(separator: ":")
        for name in ["CRISOL_INSIDE", "CRISOL_RUN", "NOTIFY_SOCKET"] { environment[name] = nil }
        let pid = try ChildProcess.start(
            binaries.containerd,
            ["--config", "\(folder)/config.toml"],
            environment: environment,
            output: log
        )
        let exit = Task { [self] in ended(await ChildProcess.wait(pid)) }
        state.withLock { state in
            state.pid = pid
            state.isStopping = false
            state.unexpected = nil
            state.exit = exit
        }
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while clock.now < deadline {
            guard self.pid != nil else {
                throw RuntimeError(.notStarted, "containerd \(deathReason ?? "ended") while it started:\n\(logTail)")
            }
            if FileManager.default.fileExists(atPath: endpoint), await ready(endpoint) { return }
            do { try await Task.sleep(for: .milliseconds(20), clock: clock) } catch {
                throw RuntimeError(.notStarted, "interrupted while containerd started")
            }
        }
        throw RuntimeError(.notStarted, "containerd did not answer within a minute:\n\(logTail)")
    }

    private func ended(_ ending: ChildProcess.Ending) {
        state.withLock { state in
            state.pid = nil
            if !state.isStopping { state.unexpected = ending.description }
        }
    }

    /// Ends it at once.
    public func kill() async throws(RuntimeError) { await end(SIGKILL) }

    /// Asks it to end, and ends it after ten seconds.
    public func stop() async throws(RuntimeError) { await end(SIGTERM) }

    /// Stops and starts it; also after it died.
    public func restart() async throws(RuntimeError) {
        try await stop()
        try await start()
    }

    private func end(_ number: Int32) async {
        let (pid, exit) = state.withLock { state in
            state.isStopping = true
            return (state.pid, state.exit)
        }
        guard let pid, let exit else { return }
        Foundation.kill(pid, number)
        let insisting = Task {
            try await Task.sleep(for: .seconds(10))
            Foundation.kill(pid, SIGKILL)
        }
        await exit.value
        insisting.cancel()
    }

    // MARK: - Log

    private var logPath: String { "\(folder)/containerd.log" }
    /// The most of the log that is shown at once, in bytes.
    private static let sliceLimit: UInt64 = 64 << 10

    /// Where its log ends now.
    public var logPosition: LogPosition {
        let attributes = try? FileManager.default.attributesOfItem(atPath: logPath)
        return LogPosition(offset: (attributes?[.size] as? NSNumber)?.uint64Value ?? 0)
    }

    /// What it wrote since then, at most the last 64 KiB of it.
    public func log(since position: LogPosition) -> String {
        let end = logPosition.offset
        guard end > position.offset, let file = FileHandle(forReadingAtPath: logPath) else { return "" }
        defer { try? file.close() }
        let start = max(position.offset, end > Self.sliceLimit ? end - Self.sliceLimit : 0)
        guard (try? file.seek(toOffset: start)) != nil, let data = try? file.read(upToCount: Int(end - start)) else {
            return ""
        }
        return String(decoding: data, as: UTF8.self)
    }

    private var logTail: String { String(log(since: LogPosition(offset: 0)).suffix(3000)) }
}

/// Starts a private containerd, inside the namespaces, for as long as the body runs.
///
/// What it leaves in the namespaces dies with them; its files are below `folder`, which the run's journal names.
public func withManagedContainerd<Result: Sendable>(
    binaries: RuntimeBinaries,
    folder: String,
    sandboxImage: String,
    secureRegistries: (hosts: [String], authorityPEM: String) = ([], ""),
    hostBridge: String? = nil,
    ready: @escaping @Sendable (String) async -> Bool,
    _ body: (ManagedContainerd) async throws -> Result
) async throws -> Result {
    let probe = "\(folder)/overlay"
    try FileManager.default.createDirectory(atPath: probe, withIntermediateDirectories: true)
    let overlays = crisol_overlay_works(probe) != 0
    var configuration = ContainerdConfiguration(
        version: binaries.version,
        folder: folder,
        sandboxImage: sandboxImage,
        plugins: binaries.plugins,
        snapshotter: overlays ? "overlayfs" : "native",
        restrictsOOMScoreAdjustment: !ContainerdConfiguration.hasSystemResource
    )
    configuration.secureRegistries = secureRegistries
    if let hostBridge {
        guard let subnet = HostBridge.subnet() else {
            throw RuntimeError(.system, "this machine has an address in every part of 10.213.0.0/16")
        }
        configuration.bridge = (hostBridge, subnet)
    }
    try configuration.install()
    if NamespaceSession.isInside, let problem = HostNames.provideIPv6Loopback(in: folder) {
        throw RuntimeError(.system, "localhost cannot be given its IPv6 address in /etc/hosts: \(problem)")
    }
    let cache = NamespaceSession.isInside ? try NetworkCache.makePrivate(in: folder) : nil
    let runtime = ManagedContainerd(binaries, configuration, ready: ready)
    let outcome: Swift.Result<Result, any Error>
    do {
        try await runtime.start()
        outcome = .success(try await body(runtime))
    } catch {
        outcome = .failure(error)
    }
    try await runtime.stop()
    cache?.giveBack()
    if let hostBridge, let problem = HostBridge.remove(hostBridge) { throw RuntimeError(.system, problem) }
    return try outcome.get()
}

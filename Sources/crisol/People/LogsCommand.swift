import ArgumentParser
import CRICatalog
import Foundation
import HostProbe
import SuiteLanguage

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show a container's log.",
        discussion: """
            Reads the file the runtime writes (ContainerStatus.logPath), so crisol must
            run on its node. Lines that are not in the CRI's format are shown on standard
            error as they are.

            EXAMPLES
              crisol logs 4f2a
              crisol logs --follow --tail 20 4f2a
            """
    )

    @OptionGroup var target: EndpointOptions
    @Flag(name: .shortAndLong, help: "Go on until the container ends.")
    var follow = false
    @Option(help: "Begin with the last so many lines.")
    var tail: Int?
    @Flag(help: "Show when each line was written, and by which stream.")
    var timestamps = false
    @Argument(help: "The container's id, or the beginning of it.")
    var container: String

    func validate() throws {
        if let tail, tail < 0 { throw ValidationError("--tail is a number of lines") }
    }

    func run() async throws {
        // A reader that goes away is seen by its write, not by a signal.
        signal(SIGPIPE, SIG_IGN)
        try await withRuntime(target) { runtime in
            let id = try await runtime.container(container)
            let path = try await status(runtime, id)["logPath"]?.text ?? ""
            guard !path.isEmpty else { throw CommandFailure("the runtime names no log file of \(id)") }
            var reader = try LogFile(path)
            var lines = reader.next()
            if let tail { lines = lines.suffix(tail) }
            // As a shell says it of a command whose reader went away.
            let outputGone = 128 + SIGPIPE
            guard show(lines, path) else { return outputGone }
            while follow {
                let hasEnded = try await status(runtime, id)["state"].map(ValueText.plain) == "CONTAINER_EXITED"
                // What was written before the end is there when the end is told.
                // Of a container that says nothing more, a write would never show that nobody reads.
                guard show(reader.next()[...], path), Terminal.isRead(STDOUT_FILENO) else { return outputGone }
                if hasEnded { break }
                try await Task.sleep(for: .milliseconds(200))
            }
            return 0
        }
    }

    private func status(_ runtime: RuntimeClient, _ id: String) async throws -> Record {
        let answer = try await runtime.call("ContainerStatus", ["containerId": .text(id)])
        return answer["status"]?.record ?? Record(type: "ContainerStatus")
    }

    /// - Returns: whether whoever reads it is still reading.
    private func show(_ lines: ArraySlice<[UInt8]>, _ path: String) -> Bool {
        for bytes in lines {
            guard let line = ContainerLog.line(bytes[...], file: path, number: 0) else {
                guard Terminal.write(bytes + [10], to: STDERR_FILENO) else { return false }
                continue
            }
            let end: [UInt8] = line.tag.hasPrefix("P") ? [] : [10]
            let head = timestamps ? Array("\(line.time) \(line.stream) \(line.tag) ".utf8) : []
            let isError = line.stream == "stderr"
            let isRead = Terminal.write(
                head + line.text + (timestamps ? [10] : end),
                to: isError ? STDERR_FILENO : STDOUT_FILENO
            )
            guard isRead else { return false }
        }
        return true
    }
}

/// A log file that is read on as it grows, and opened anew when it was rotated.
private struct LogFile {
    private let path: String
    private var handle: FileHandle
    private var rest: [UInt8] = []

    init(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure("\(path) cannot be read: is this the runtime's node?")
        }
        self.path = path
        self.handle = handle
    }

    /// The whole lines that came since.
    mutating func next() -> ArraySlice<[UInt8]> {
        var lines = take()
        if isRotated, let newer = FileHandle(forReadingAtPath: path) {
            lines += take()
            try? handle.close()
            handle = newer
            lines += take()
        }
        return lines[...]
    }

    private mutating func take() -> [[UInt8]] {
        while let data = try? handle.read(upToCount: 1 << 20), !data.isEmpty { rest += data }
        guard let end = rest.lastIndex(of: 10) else { return [] }
        let whole = rest[..<end].split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
        rest = Array(rest[rest.index(after: end)...])
        return whole
    }

    private var isRotated: Bool {
        var (there, here) = (stat(), stat())
        guard stat(path, &there) == 0, fstat(handle.fileDescriptor, &here) == 0 else { return false }
        return there.st_ino != here.st_ino
    }
}

import ArgumentParser
import Foundation

/// The most memory crisol's own processes take in a run.
struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "The most memory a full run takes."
    )

    @Option(help: "crisol's program.")
    var crisol: String
    @Argument(parsing: .captureForPassthrough, help: "What crisol is given, such as run --managed containerd.")
    var words: [String] = ["run", "--managed", "containerd"]

    func run() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: crisol)
        process.arguments = words
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let program = URL(fileURLWithPath: crisol).resolvingSymlinksInPath().path
        var peaks: [Int32: Int] = [:]
        while process.isRunning {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
                guard let pid = Int32(name),
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")) == program,
                    let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
                    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
                    let kilobytes = Int(line.split(separator: " ").dropFirst().first ?? "")
                else { continue }
                peaks[pid] = max(peaks[pid] ?? 0, kilobytes)
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        // A run that ended before its cases tells nothing of their memory; red cases do not matter here.
        guard process.terminationReason == .exit, process.terminationStatus <= 1 else {
            throw BenchError("\(words.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        guard let largest = peaks.values.max() else { throw BenchError("no process of \(program) was seen") }
        var findings = Findings()
        findings.note(
            "memory of a full run: \(largest >> 10) MiB in the largest of \(peaks.count) processes",
            Double(largest) / 1024,
            unit: "MiB",
            .atMost(150)
        )
        try findings.end()
    }
}

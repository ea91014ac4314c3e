import Foundation

/// A program run to its end and timed.
enum ChildRun {
    /// How long it took; its standard output is thrown away.
    ///
    /// - Throws: when it cannot be started, or ends with another code than those allowed.
    static func time(_ words: [String], allowed: Set<Int32> = [0], environment: [String: String] = [:]) throws
        -> Duration
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let clock = ContinuousClock()
        let start = clock.now
        try process.run()
        process.waitUntilExit()
        let time = start.duration(to: clock.now)
        guard allowed.contains(process.terminationStatus) else {
            throw BenchError("\(words.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        return time
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Duration {
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1000 + Double(attoseconds) / 1e15
    }
}

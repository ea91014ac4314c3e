import ArgumentParser
import Foundation

/// A relay against others of its kind, turn by turn.
struct ProxyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "crisol's relay against a byte copy and another HTTP/2 proxy, side by side."
    )

    /// `crisol=/run/x.sock` or `crisol=1234`.
    struct Named: ExpressibleByArgument {
        let name: String
        let value: String

        init?(argument: String) {
            guard let equals = argument.firstIndex(of: "=") else { return nil }
            name = String(argument[..<equals])
            value = String(argument[argument.index(after: equals)...])
        }
    }

    @Option(help: "The echoing runtime's own socket.")
    var direct: String
    @Option(help: "A relay's name and socket, crisol=/run/x.sock; repeatable. The one called crisol is the subject.")
    var via: [Named]
    @Option(help: "The process of a relay whose memory is measured, crisol=1234; repeatable.")
    var process: [Named] = []
    @Option(help: "Calls of one caller, for each path.")
    var calls = 20_000
    @Option(help: "Calls of sixteen callers, for each path.")
    var throughputCalls = 100_000
    @Option(help: "Calls in which every byte is compared.")
    var checkedCalls = 1_000_000
    @Option(help: "Bytes of the large answer.")
    var largeAnswer = 64 << 20

    func run() throws {
        var findings = Findings()
        let paths = [("direct", direct)] + via.map { ($0.name, $0.value) }
        // First, while nobody has grown a buffer yet.
        try memory(&findings)
        try latency(paths, &findings)
        try throughput(paths, &findings)
        try check()
        try findings.end()
    }

    /// Compares every byte of so many answers through the subject.
    private func check() throws {
        guard let subject = via.first(where: { $0.name == "crisol" }), checkedCalls > 0 else { return }
        let caller = try ProxyCaller(subject.value)
        let start = ContinuousClock.now
        try caller.calls(checkedCalls, atOnce: 16)
        let seconds = start.duration(to: .now).milliseconds / 1000
        print("\(checkedCalls) calls through crisol without a wrong byte, in \(Int(seconds)) s")
    }

    private func latency(_ paths: [(String, String)], _ findings: inout Findings) throws {
        let callers = try paths.map { try ProxyCaller($0.1) }
        var samples = paths.map { _ in Samples() }
        let clock = ContinuousClock()
        for round in 0...max(1, calls / 100) {
            for (index, caller) in callers.enumerated() {
                for _ in 0..<100 {
                    let start = clock.now
                    try caller.call()
                    if round > 0 { samples[index].add(start.duration(to: clock.now)) }
                }
            }
        }
        for (path, sample) in zip(paths, samples) { print("1 caller, \(pad(path.0)) \(sample.text)") }
        let added = samples.map { $0.microseconds(50) - samples[0].microseconds(50) }
        compare(
            "added p50, 1 caller",
            paths,
            added,
            unit: "us",
            budgets: ["haproxy": .atMost(1), "socat": .stretch(1.2)],
            &findings
        )
    }

    private func throughput(_ paths: [(String, String)], _ findings: inout Findings) throws {
        let turns = 5
        var rates = paths.map { _ in [Double]() }
        let callers = try paths.map { try ProxyCaller($0.1) }
        for turn in 0...turns {
            for (index, caller) in callers.enumerated() {
                let count = turn == 0 ? 1000 : throughputCalls / turns
                let start = ContinuousClock.now
                try caller.calls(count, atOnce: 16)
                let rate = Double(count) / start.duration(to: .now).milliseconds * 1000
                if turn > 0 { rates[index].append(rate) }
            }
        }
        let medians = rates.map { $0.sorted()[$0.count / 2] }
        for (path, rate) in zip(paths, medians) { print("16 callers, \(pad(path.0)) \(Int(rate)) calls a second") }
        compare("throughput, 16 callers", paths, medians, unit: "/s", budgets: ["haproxy": .atLeast(1)], &findings)
    }

    private func compare(
        _ what: String,
        _ paths: [(String, String)],
        _ values: [Double],
        unit: String,
        budgets: [String: Budget],
        _ findings: inout Findings
    ) {
        guard let subject = paths.firstIndex(where: { $0.0 == "crisol" }) else { return }
        for (index, path) in paths.enumerated() where index > 0 && index != subject {
            let budget = budgets[path.0] ?? .watched
            findings.ratio(
                "\(what), crisol against \(path.0)",
                values[subject],
                values[index],
                unit: unit,
                budget: budget
            )
        }
    }

    private func memory(_ findings: inout Findings) throws {
        for named in process {
            guard let path = via.first(where: { $0.name == named.name })?.value else { continue }
            let caller = try ProxyCaller(path)
            try caller.call()
            let idle = try Self.kilobytes(named.value, "VmRSS")
            // The peak begins anew (proc(5), clear_refs).
            try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/\(named.value)/clear_refs"))
            try caller.largeAnswer(largeAnswer)
            let peak = try Self.kilobytes(named.value, "VmHWM")
            findings.note(
                "memory while passing \(largeAnswer >> 20) MiB, \(pad(named.name)) \(peak - idle) KiB above idle of \(idle) KiB",
                Double(peak - idle) / 1024,
                unit: "MiB",
                named.name == "crisol" ? .atMost(32) : .watched
            )
        }
    }

    private func pad(_ name: String) -> String { name.padding(toLength: 8, withPad: " ", startingAt: 0) }

    private static func kilobytes(_ pid: String, _ field: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("\(field):") }),
            let kilobytes = Int(line.split(separator: " ").dropFirst().first ?? "")
        else { throw BenchError("process \(pid) tells no \(field)") }
        return kilobytes
    }
}

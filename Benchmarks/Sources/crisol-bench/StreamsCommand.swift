import ArgumentParser
import CRIClient
import Foundation
import Streaming

/// Bytes through exec and port-forward and back, against the same bytes over plain TCP to the same server.
struct StreamsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams",
        abstract: "An exec echo and a forwarded port against a raw TCP copy.",
        discussion:
            "To be run where the pod's address can be dialled: dev/bench.sh enters the private runtime's network."
    )

    @Option(help: "The CRI socket.")
    var endpoint: String
    @Option(help: "The image of the echoing container.")
    var image: String
    @Option(help: "MiB in each turn.")
    var mebibytes = 1024
    @Option(help: "Turns of each.")
    var turns = 3

    /// A way through, timed, and what it took of this process.
    private struct Turn: Sendable {
        var time = Duration.zero
        var processorTime = Duration.zero
        /// In MiB, when a tenth of the bytes had come back and when all had.
        var early = 0
        var late = 0
    }

    private static let port: UInt16 = 8080
    private static let piece = [UInt8](repeating: 0x5a, count: 64 << 10)

    func run() async throws {
        try await withCRIClient(runtime: try Endpoint(endpoint)) { client in
            let arguments = ["echo-server", "--port", "\(Self.port)"]
            try await BenchPod.call(client, "PullImage", "{\"image\": {\"image\": \"\(image)\"}}")
            let pod = try await BenchPod.start(client, image: image, name: "streams", arguments: arguments)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await measure(client, pod)) } catch { outcome = .failure(error) }
            try await pod.remove(client)
            try outcome.get()
        }
    }

    private func measure(_ client: CRIClient, _ pod: BenchPod) async throws {
        let status = try await BenchPod.call(client, "PodSandboxStatus", "{\"podSandboxId\": \"\(pod.sandbox)\"}")
        guard let address = status["status"]?.record?["network"]?.record?["ip"]?.text else {
            throw BenchError("the pod has no address")
        }
        // The server listens a moment after its container started; and what is made once is made before memory is read.
        try await eventually { try RawEcho.time(host: address, port: Self.port, bytes: 1, piece: Self.piece) }
        for forwards in [false, true] { _ = try await through(client, pod, forwards: forwards, bytes: 8 << 20) }
        var raw: [Double] = []
        var (exec, forward): ([Turn], [Turn]) = ([], [])
        let bytes = mebibytes << 20
        for _ in 0..<turns {
            raw.append(
                try RawEcho.time(host: address, port: Self.port, bytes: bytes, piece: Self.piece).milliseconds
            )
            exec.append(try await through(client, pod, forwards: false, bytes: bytes))
            forward.append(try await through(client, pod, forwards: true, bytes: bytes))
        }
        let middle = turns / 2
        var findings = Findings()
        for (what, turns) in [("exec echo", exec), ("port-forward round trip", forward)] {
            findings.ratio(
                "\(what), \(mebibytes) MiB against raw TCP",
                turns.map(\.time.milliseconds).sorted()[middle],
                raw.sorted()[middle],
                unit: "ms",
                budget: .watched
            )
            for turn in turns {
                let share =
                    "\(Int(turn.processorTime.milliseconds)) ms of processor in \(Int(turn.time.milliseconds)) ms"
                print("  the client: \(share), \(turn.early) MiB resident after a tenth, \(turn.late) MiB at the end")
            }
        }
        print("memory of the client at most: \(Memory.peak) MiB")
        try findings.end()
    }

    /// Sends so many bytes through an exec of `cat`, or to the forwarded port, and reads them back.
    private func through(_ client: CRIClient, _ pod: BenchPod, forwards: Bool, bytes: Int) async throws -> Turn {
        let clock = ContinuousClock()
        let outcome: StreamingOutcome<Turn>
        if forwards {
            let url = try await url(
                client,
                "PortForward",
                "{\"podSandboxId\": \"\(pod.sandbox)\", \"port\": [\(Self.port)]}"
            )
            outcome = try await withPortForward(url: url) { session in
                let connection = try await session.open(port: Self.port)
                let start = clock.now
                // The runtime ends both halves soon after the first: the end is the number of bytes.
                var turn = try await echo(bytes, connection.input, connection.output, closes: false)
                turn.time = start.duration(to: clock.now)
                try await connection.input.close()
                return turn
            }
        } else {
            let request = """
                {"containerId": "\(pod.container)", "cmd": ["/agent", "cat"], "stdin": true, "stdout": true}
                """
            let url = try await url(client, "Exec", request)
            outcome = try await withExec(url: url, streams: RemoteCommandStreams(stdin: true, stdout: true)) {
                session in
                guard let input = session.stdin, let output = session.stdout else { throw BenchError("no streams") }
                let start = clock.now
                var turn = try await echo(bytes, input, output, closes: true)
                guard case .succeeded = try await session.status() else { throw BenchError("cat did not succeed") }
                turn.time = start.duration(to: clock.now)
                return turn
            }
        }
        guard let turn = outcome.value else { throw BenchError("the server does not speak SPDY") }
        return turn
    }

    private func url(_ client: CRIClient, _ rpc: String, _ request: String) async throws -> String {
        try await BenchPod.call(client, rpc, request)["url"]?.text ?? ""
    }

    private func echo(
        _ bytes: Int,
        _ input: StreamInput,
        _ output: StreamOutput,
        closes: Bool
    ) async throws -> Turn {
        let before = ProcessorTime.now
        async let sent: Void = send(bytes, input, closes: closes)
        var turn = Turn()
        var received = 0
        for try await piece in output {
            received += piece.count
            if turn.early == 0, received >= bytes / 10 { turn.early = Memory.resident }
            if received >= bytes { break }
        }
        turn.late = Memory.resident
        try await sent
        turn.processorTime = ProcessorTime.now - before
        guard received == bytes else { throw BenchError("\(received) of \(bytes) bytes came back") }
        return turn
    }

    private func send(_ bytes: Int, _ input: StreamInput, closes: Bool) async throws {
        var left = bytes
        while left > 0 {
            try await input.write(left >= Self.piece.count ? Self.piece : Array(Self.piece.prefix(left)))
            left -= Self.piece.count
        }
        if closes { try await input.close() }
    }

    private func eventually(_ attempt: () throws -> Duration) async throws {
        for _ in 0..<100 {
            if (try? attempt()) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        _ = try attempt()
    }
}

/// The time that processors spent on this process.
enum ProcessorTime {
    static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

/// The memory of this process.
enum Memory {
    /// The most that was resident so far, in MiB.
    static var peak: Int { mebibytes("VmHWM:") }

    /// What is resident, in MiB.
    static var resident: Int { mebibytes("VmRSS:") }

    private static func mebibytes(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return (Int(line?.split(separator: " ").dropFirst().first ?? "") ?? 0) >> 10
    }
}

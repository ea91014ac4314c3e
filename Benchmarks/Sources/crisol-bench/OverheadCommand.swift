import ArgumentParser
import CRICatalog
import CRIClient
import Foundation

/// The harness against a bare client that makes the same calls at the same parallelism and checks nothing.
struct OverheadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overhead",
        abstract: "The harness against a bare client with the same calls."
    )

    @Option(help: "The CRI socket.")
    var endpoint: String
    @Option(help: "The image the bare client's containers run.")
    var image: String
    @Option(help: "crisol's program.")
    var crisol: String
    @Option(help: "The suite whose cases are what the bare client does.")
    var suite = "Benchmarks/suites/cycle.yaml"
    @Option(help: "Pods per turn, as many as the suite has cases.")
    var cycles = 40
    @Option(help: "Pods at a time.")
    var parallel = 4
    @Option(help: "Turns of each.")
    var turns = 3

    func run() async throws {
        let target = try Endpoint(endpoint)
        var bare: [Double] = []
        var harness: [Double] = []
        for turn in 1...turns {
            let client = BareClient(image: image, cycles: cycles, parallel: parallel)
            // A run of the harness takes away again what it pulled; containerd hears of that from an event, which must not
            // come after the next pull.
            try await Task.sleep(for: .seconds(2))
            try await withCRIClient(runtime: target) {
                _ = try await BenchPod.call($0, "PullImage", "{\"image\": {\"image\": \"\(image)\"}}")
            }
            let clock = ContinuousClock()
            let start = clock.now
            try await withCRIClient(runtime: target) { try await client.run($0, turn: turn) }
            bare.append(start.duration(to: clock.now).milliseconds)
            let time = try ChildRun.time([
                crisol, "run", "--endpoint", endpoint, "--parallel", "\(parallel)", "--output",
                NSTemporaryDirectory() + "crisol-bench", suite,
            ])
            harness.append(time.milliseconds)
        }
        let (least, most) = (bare.sorted()[turns / 2], harness.sorted()[turns / 2])
        var findings = Findings()
        findings.ratio(
            "harness overhead, \(cycles) pods, \(parallel) at a time",
            most,
            least,
            unit: "ms",
            budget: .atMost(1.3)
        )
        try findings.end()
    }
}

/// Makes and removes pods with kubelet's seven calls, and nothing else.
struct BareClient: Sendable {
    let image: String
    let cycles: Int
    let parallel: Int

    func run(_ client: CRIClient, turn: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<cycles {
                if number >= parallel { try await group.next() }
                group.addTask { try await cycle(client, "bench-\(turn)-\(number)") }
            }
            try await group.waitForAll()
        }
    }

    private func cycle(_ client: CRIClient, _ name: String) async throws {
        try await BenchPod.start(client, image: image, name: name).remove(client)
    }
}

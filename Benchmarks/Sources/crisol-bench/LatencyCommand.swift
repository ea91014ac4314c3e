import ArgumentParser
import CRICatalog
import CRIClient

/// One unary call through crisol's client against the least it can cost.
struct LatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "A Version call through the client against a direct probe."
    )

    @Option(help: "The CRI socket.")
    var endpoint: String
    @Option(help: "Calls of each.")
    var calls = 4000

    func run() async throws {
        let target = try Endpoint(endpoint)
        guard let rpc = Catalog.cri.rpc(named: "Version") else { return }
        let probe = try DirectProbe(socketPath: target.path, path: rpc.path)
        var (direct, client) = (Samples(), Samples())
        let clock = ContinuousClock()
        try await withCRIClient(runtime: target) { cri in
            for round in 0..<(calls / 100) {
                for _ in 0..<100 {
                    let start = clock.now
                    try probe.call()
                    if round > 0 { direct.add(start.duration(to: clock.now)) }
                }
                for _ in 0..<100 {
                    let start = clock.now
                    let record = await cri.call(rpc, request: [], options: CallOptions())
                    guard record.code == .ok else { throw BenchError("Version: \(record.code.name) \(record.message)") }
                    if round > 0 { client.add(start.duration(to: clock.now)) }
                }
            }
        }
        print("direct probe   \(direct.text)")
        print("crisol client  \(client.text)")
        var findings = Findings()
        findings.ratio(
            "client latency, p50",
            client.microseconds(50),
            direct.microseconds(50),
            unit: "us",
            budget: .watched
        )
        try findings.end()
    }
}

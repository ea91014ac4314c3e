import ArgumentParser
import FaultProxy
import Foundation

/// crisol's relay with no live rule, as `crisol proxy` runs it.
struct RelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Runs the relay, with ledger and metrics, until it is ended."
    )

    @Option(help: "The socket to listen on.")
    var listen: String
    @Option(help: "The runtime's socket.")
    var runtime: String
    @Option(help: "The file every call is written to.")
    var ledger: String

    func run() async throws {
        let configuration = Relay.Configuration(
            listenPath: listen,
            runtimePath: runtime,
            // Nothing is rotated away, so that the lines can be counted against the calls.
            ledger: LedgerConfiguration(path: ledger, generations: 1000)
        )
        signal(SIGTERM, SIG_IGN)
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
        let source = DispatchSource.makeSignalSource(signal: SIGTERM)
        source.setEventHandler { continuation.yield() }
        source.resume()
        try await Relay.run(configuration) { relay in
            for await _ in signals { break }
            print(relay.metrics)
        }
        source.cancel()
    }
}

/// What the control API is about: the rules, and what the program knows besides.
public struct ControlService: Sendable {
    /// The program's version.
    public let program: String
    /// The rules.
    public let board: RuleBoard
    /// How the proxy stands now.
    public let status: @Sendable () -> ControlMessages.Status
    /// Its metrics in Prometheus' text format.
    public let metrics: @Sendable () -> String

    /// Creates a service.
    public init(
        program: String,
        board: RuleBoard,
        status: @escaping @Sendable () -> ControlMessages.Status,
        metrics: @escaping @Sendable () -> String
    ) {
        self.program = program
        self.board = board
        self.status = status
        self.metrics = metrics
    }
}

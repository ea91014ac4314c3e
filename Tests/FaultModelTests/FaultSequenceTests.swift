import CRICatalog
import FaultModel
import Testing

struct FaultSequenceTests {
    @Test func `Terms take so many calls each and after the last one nothing happens`() throws {
        let sequence = try FaultSequence("1*off->2*error(UNAVAILABLE, gone)->1*delay(500ms)")
        let error = Fault.error(RPCStatus(.unavailable, "gone"))
        let delay = Fault.delay(Delay(.fixed(.milliseconds(500))))
        #expect((1...6).map { sequence.fault(at: $0) } == [nil, error, error, delay, nil, nil])
    }

    @Test func `A term without a count takes all that come`() throws {
        let sequence = try FaultSequence("2*hang -> off")
        #expect(sequence.fault(at: 2) == .hang(.before))
        #expect(sequence.fault(at: 3) == nil)
        #expect(FaultSequence(.late).fault(at: 1_000_000) == .late)
    }

    @Test func `Numbers out of all reason are answered, not trapped on`() throws {
        let sequence = FaultSequence([.init(.max, .late), .init(.max, .refuse), .init(0, .blackhole)])
        #expect(sequence.fault(at: .max) == .late)
        #expect(sequence.fault(at: .min) == .late)
    }

    static let short: [(String, Fault)] = [
        ("error", .error(RPCStatus(.unknown, "injected by crisol"))),
        ("error(NOT_FOUND)", .error(RPCStatus(.notFound))),
        ("error(UNKNOWN, a->b, (c))", .error(RPCStatus(.unknown, "a->b, (c)"))),
        ("code(ABORTED)", .code(RPCStatus(.aborted))),
        ("delay(1.5s)", .delay(Delay(.fixed(.milliseconds(1500))))),
        ("deadline(20s)", .deadline(.seconds(20))),
        ("cancel(80ms)", .cancel(Cancel(.after(.milliseconds(80))))),
        ("hang(after)", .hang(.after)),
        ("late", .late),
        ("no-op", .noOp(NoOp())),
        ("duplicate", .duplicate(Duplicate())),
        ("duplicate(1m)", .duplicate(Duplicate(gap: .seconds(60)))),
        ("drop(2s)", .drop(Drop(after: .seconds(2)))),
        ("lose-response", .loseResponse(.atDeadline)),
        ("lose-response(UNAVAILABLE)", .loseResponse(.status(RPCStatus(.unavailable)))),
        ("reset(REFUSED_STREAM)", .reset(Reset(.refusedStream))),
    ]

    @Test(arguments: short)
    func `The short form stands for the fault`(text: String, fault: Fault) throws {
        #expect(try FaultSequence(text).fault(at: 1) == fault)
    }

    @Test func `A plan's own names come first`() throws {
        let sequence = try FaultSequence("1*slow->error", named: ["slow": .delay(Delay(.fixed(.seconds(9))))])
        #expect(sequence.fault(at: 1) == .delay(Delay(.fixed(.seconds(9)))))
    }

    @Test(arguments: [
        ("eror", "did you mean error?"), ("error(UNAVAILBLE)", "did you mean UNAVAILABLE?"), ("2error", "2*error"),
        ("0*error", "2*error"), ("delay", "duration"), ("delay(5)", "duration"),
        ("hang(during)", "'before' or 'after'"),
        ("error(", "bracket"), ("late(1)", "no fault"), ("error->", "nothing after"), ("", "no fault"),
        ("reset(NOPE)", "HTTP/2"), ("code", "status code"),
    ])
    func `A mistake is named`(text: String, hint: String) {
        let error = #expect(throws: FaultTextError.self) { try FaultSequence(text) }
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
    }

    @Test func `An endless text is refused before it is read`() {
        let text = String(repeating: "error->", count: 2000) + "error"
        #expect(throws: FaultTextError.self) { try FaultSequence(text) }
    }
}

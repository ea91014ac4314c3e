import CRICatalog
import FaultModel
import Testing

struct FaultTests {
    /// The table of faults in design.md section 7.
    static let table: [(Fault, String, Fault.Execution, Fault.Target)] = [
        (.delay(Delay(.fixed(.zero))), "delay", .yes, .call),
        (.error(RPCStatus(.unknown)), "error", .no, .call),
        (.loseResponse(.atDeadline), "lose-response", .yes, .call),
        (.late, "late", .yes, .call),
        (.cancel(Cancel(.requestSent)), "cancel", .partly, .call),
        (.hang(.before), "hang", .no, .call),
        (.hang(.after), "hang", .yes, .call),
        (.deadline(.zero), "deadline", .yes, .call),
        (.noOp(NoOp()), "no-op", .no, .call),
        (.duplicate(Duplicate()), "duplicate", .twice, .call),
        (.code(RPCStatus(.unknown)), "code", .yes, .call),
        (.mutate(Mutate(.response, [])), "mutate", .yes, .call),
        (.stale(Stale(age: .zero)), "stale", .no, .call),
        (.stale(Stale(age: .zero, isExecuted: true)), "stale", .yes, .call),
        (.truncate(Truncate(bytes: 1)), "truncate", .yes, .call),
        (.reset(Reset(.cancel)), "reset", .depends, .call),
        (.goAway(GoAway()), "goaway", .depends, .connection),
        (.drop(Drop()), "drop", .depends, .connection),
        (.refuse, "refuse", .no, .connection),
        (.blackhole, "blackhole", .depends, .connection),
        (.bandwidth(Bandwidth(bytesPerSecond: 1)), "bandwidth", .yes, .call),
        (.stream(StreamFault(.swallow)), "stream", .yes, .call),
        (.bytes(ByteFault(.stall, after: 1)), "bytes", .yes, .session),
    ]

    @Test(arguments: table)
    func `A fault says what becomes of the call`(
        fault: Fault,
        name: String,
        execution: Fault.Execution,
        target: Fault.Target
    ) {
        #expect(fault.name == name)
        #expect(fault.execution == execution)
        #expect(fault.target == target)
    }

    @Test func `Only faults that change the deadline need the headers, only those that read messages need them`() {
        #expect(Self.table.filter { $0.0.changesRequestHeaders }.map(\.1) == ["late", "deadline"])
        let readers = Set(Self.table.filter { $0.0.readsMessages }.map(\.1))
        #expect(readers == ["mutate", "stale", "truncate", "stream"])
    }

    @Test func `A status is cut to what header lists bear`() {
        let status = RPCStatus(
            .unknown,
            String(repeating: "ä", count: 5000),
            details: Array(repeating: 0, count: 5000)
        )
        #expect(status.message.utf8.count == RPCStatus.messageLimit)
        #expect(status.message.allSatisfy { $0 == "ä" })
        #expect(status.details.isEmpty)
        #expect(RPCStatus(.notFound, "x").description == "NOT_FOUND: x")
        #expect(RPCStatus(.notFound).description == "NOT_FOUND")
    }

    @Test func `Codes of HTTP2 have the names and numbers of RFC 9113`() {
        #expect(HTTP2Code(name: "ENHANCE_YOUR_CALM") == .enhanceYourCalm)
        #expect(HTTP2Code.refusedStream.description == "REFUSED_STREAM")
        #expect(HTTP2Code(rawValue: 99).description == "CODE_99")
        #expect(HTTP2Code(name: "nope") == nil)
    }

    @Test func `Parameters out of reason are brought within it`() {
        #expect(Bandwidth(bytesPerSecond: 0, chunk: -1) == Bandwidth(bytesPerSecond: 1, chunk: 1))
        #expect(Truncate(bytes: -1).bytes == 0)
        #expect(ByteFault(.stall, after: -1).bytes == 0)
        #expect(StreamFault(.swallow, messages: NumberSet(2)).concerns(2))
        #expect(!StreamFault(.swallow, messages: NumberSet(2)).concerns(1))
        #expect(StreamFault(.swallow).concerns(1))
    }
}

import CRICatalog
import CRIClient
import ManagedRuntime
import Outcome

/// How a run goes on after the runtime died: a managed one is started again, another may have a supervisor that does.
struct Recovery {
    /// A runtime that dies more often is given up: each death costs the cases that were at work.
    static let limit = 5
    /// How long another's runtime may take to come back: longer than the pause of the usual units (containerd's is 5 s).
    static let patience = Duration.seconds(30)

    private(set) var deaths = 0
    /// Nobody starts it any more, so that it is dead at every look from here on.
    private var isLeftDead = false
    /// The cases that were at work when it died and have not ended yet.
    private var struck: Set<String> = []

    /// The runtime died while these cases were at work, the one that noticed among them.
    ///
    /// - Returns: why the run cannot go on; nil when the runtime answers again.
    mutating func died(
        during cases: Set<String>,
        _ context: RunContext,
        _ observer: any RunObserver,
        within time: RunTime
    ) async -> String? {
        deaths += 1
        struck.formUnion(cases)
        guard deaths <= Self.limit else {
            isLeftDead = true
            return "the runtime died \(deaths) times"
        }
        if let managed = context.managed {
            observer.note("the runtime died; starting it again")
            do { try await managed.restart() } catch {
                isLeftDead = true
                return "the runtime died and did not start again: \(error)"
            }
            return nil
        }
        observer.note("the runtime died; waiting up to \(Int(Self.patience.inSeconds)) s for it to come back")
        let clock = ContinuousClock()
        let deadline = clock.now + Self.patience
        while clock.now < deadline, !time.isOver, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500), clock: clock)
            let (record, _) = await Caller(context).call(
                "Version",
                Record(type: "VersionRequest"),
                deadline: .seconds(5)
            )
            if record.code == .ok { return nil }
        }
        isLeftDead = true
        return "the runtime died"
    }

    /// The runtime died while the last cases of a run that is over were at work: nothing needs it any more.
    mutating func diedAtTheEnd(during cases: Set<String>) {
        struck.formUnion(cases)
        if !isLeftDead { deaths += 1 }
        isLeftDead = true
    }

    /// Whether this case was at work when the runtime died; asked once.
    mutating func wasStruck(_ id: String) -> Bool { struck.remove(id) != nil }

    /// What the report says of it.
    var finding: Finding? {
        guard deaths > 0 else { return nil }
        return Finding(
            title: deaths == 1 ? "The runtime died once" : "The runtime died \(deaths) times",
            text: "The cases that were at work then failed, and say so."
        )
    }
}

/// Work that has a deadline, and an end even where it does not heed its cancellation.
///
/// A task group waits for its children whatever they do, so that one step which never ends would be the end of the
/// whole run. Here such work is left behind, and its owner hears of it.
enum BoundedWork {
    /// How the work ended.
    enum End<Value: Sendable>: Sendable {
        /// By itself, before its time was over or the task around it was cancelled.
        case ended(Value)
        /// Its time was over; it ended when it was cancelled.
        case timedOut
        /// It was cancelled and has not ended since.
        case stuck
    }

    private enum Event<Value: Sendable>: Sendable {
        case ended(Value)
        case timeIsOver
        case callerIsCancelled
        case graceIsOver
    }

    /// Does the work.
    ///
    /// - Parameters:
    ///   - bound: after which it is cancelled; the caller's cancellation cancels it at once.
    ///   - grace: for how long its end is waited for after that.
    ///   - onTimeout: told that the time is over, before the work is cancelled.
    static func run<Value: Sendable>(
        for bound: Duration,
        grace: Duration,
        onTimeout: @escaping @Sendable () -> Void = {},
        _ work: @escaping @Sendable () async -> Value
    ) async -> End<Value> {
        let (events, report) = AsyncStream.makeStream(of: Event<Value>.self)
        func alarm(_ event: Event<Value>, in time: Duration) -> Task<Void, Never> {
            Task {
                do { try await Task.sleep(for: time) } catch { return }
                report.yield(event)
            }
        }
        let working = Task { report.yield(.ended(await work())) }
        let timer = alarm(.timeIsOver, in: bound)
        // A stream ends for a reader that is cancelled, and this one has to hear how the work ended.
        let reader = Task {
            var patience: Task<Void, Never>?
            defer {
                timer.cancel()
                patience?.cancel()
            }
            var isLate = false
            for await event in events {
                switch event {
                case .ended(let value): return isLate ? End<Value>.timedOut : .ended(value)
                case .graceIsOver: return .stuck
                case .timeIsOver, .callerIsCancelled:
                    if case .timeIsOver = event {
                        isLate = true
                        onTimeout()
                    }
                    working.cancel()
                    patience = patience ?? alarm(.graceIsOver, in: grace)
                }
            }
            return .stuck
        }
        return await withTaskCancellationHandler {
            await reader.value
        } onCancel: {
            report.yield(.callerIsCancelled)
        }
    }
}

internal import FaultModel

/// Waits for a moment in the life of a call, for the faults that strike at one; lets pass what comes before it and
/// nothing that comes after.
struct MomentWatch {
    private let moment: Moment
    private var hasCome = false

    init(_ moment: Moment) { self.moment = moment }

    /// What has to be done to notice the moment. The second value is whether it is there already.
    mutating func begin() -> (actions: [CallAction], hasCome: Bool) {
        switch moment {
        case .requestHeaders:
            hasCome = true
            return ([], true)
        case .after(let duration): return ([.wait(duration)], false)
        case .requestSent: return ([], false)
        case .answerBegun, .responseHeaders: return ([.gate(.response, .swallow)], false)
        case .responseMessage: return ([.gate(.response, .swallow), .tap(.response)], false)
        }
    }

    /// What of an event has to go on. The second value is whether the moment has come with it.
    mutating func handle(_ event: CallEvent) -> (actions: [CallAction], hasCome: Bool) {
        guard !hasCome else { return ([], false) }
        let result = look(at: event)
        hasCome = result.hasCome
        return result
    }

    private func look(at event: CallEvent) -> (actions: [CallAction], hasCome: Bool) {
        switch (moment, event) {
        case (.after, .timer), (.requestSent, .requestSent), (.answerBegun, .responseHeaders): ([], true)
        case (.responseHeaders, .responseHeaders(let fields)): ([.send(.response, .headers(fields))], true)
        case (.responseMessage, .responseHeaders(let fields)): ([.send(.response, .headers(fields))], false)
        case (.responseMessage, .message(.response, let message)): ([.send(.response, .body(message))], true)
        // An answer that ends before the moment it was to be struck at is struck at its end.
        case (.answerBegun, .ended(.response, _)), (.responseHeaders, .ended(.response, _)),
            (.responseMessage, .ended(.response, _)), (.answerBegun, .reset(.response, _)),
            (.responseHeaders, .reset(.response, _)), (.responseMessage, .reset(.response, _)):
            ([], true)
        default: ([], false)
        }
    }
}

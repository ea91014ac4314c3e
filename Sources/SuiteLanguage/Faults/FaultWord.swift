import CRICatalog
import FaultModel

/// The faults of the language and their parameters: the table that the reader, its messages and the editors' schema
/// are made from.
enum FaultWord: String, CaseIterable {
    case delay, error
    case loseResponse = "lose-response"
    case late, cancel, hang, deadline
    case noOp = "no-op"
    case duplicate, code, mutate, stale, truncate, reset
    case goAway = "goaway"
    case drop, refuse, blackhole, bandwidth, stream, bytes

    /// What a parameter is.
    enum Kind {
        /// A duration above zero.
        case duration
        /// A duration, perhaps zero.
        case span
        /// A shortest and a longest duration.
        case range
        /// A mapping of two durations with these keys.
        case spread(String, String)
        /// A number of bytes.
        case size
        /// A number from one to this.
        case count(Int)
        /// Numbers from 1, `2..5`.
        case numbers
        /// The name of a gRPC code.
        case status
        /// The name of an HTTP/2 error code.
        case http2
        case text
        /// Bytes as suites write them.
        case bytes
        case flag
        /// One of these.
        case words([String])
        /// The fields of the answer.
        case answer
        /// Changes of a message.
        case edits
    }

    /// One parameter.
    struct Parameter {
        let key: String
        let kind: Kind
        let help: String

        init(_ key: String, _ kind: Kind, _ help: String) {
            self.key = key
            self.kind = kind
            self.help = help
        }
    }

    /// What may stand behind the fault.
    var parameters: [Parameter] {
        switch self {
        case .delay:
            [
                Parameter("for", .duration, "always this long"),
                Parameter("uniform", .range, "[shortest, longest]: any length between them"),
                Parameter("normal", .spread("mean", "deviation"), "normally distributed"),
                Parameter(
                    "lognormal",
                    .spread("median", "p99"),
                    "half are shorter than the median, 1 in 100 longer than p99"
                ),
                Parameter("side", Self.side, "before the runtime has the request, or before the client has the answer"),
            ]
        case .error: Self.statusParameters
        case .loseResponse:
            Self.statusParameters + [
                Parameter("reset", .http2, "the stream is reset with this code instead"),
                Parameter("at", .words(["deadline"]), "deadline: DEADLINE_EXCEEDED when the client's deadline passes"),
            ]
        case .late, .refuse, .blackhole: []
        case .cancel:
            [
                Parameter("after", .span, "so long after the call came"),
                Parameter("at", Self.moment, "at this moment of the call"),
                Parameter(
                    "client",
                    .words(Cancel.Client.allCases.map(\.rawValue)),
                    "told: it gets CANCELLED; hang: it waits for its deadline"
                ),
            ]
        case .hang: [Parameter("side", Self.side, "before the runtime executes the call, or after")]
        case .deadline: [Parameter("timeout", .duration, "the deadline the runtime is told")]
        case .noOp: [Parameter("answer", .answer, "the fields of the answer; empty without")]
        case .duplicate: [Parameter("gap", .span, "so long after the first request")]
        case .code: Self.statusParameters
        case .mutate:
            [
                Parameter("request", .edits, "changes of the request"),
                Parameter("response", .edits, "changes of the answer"),
            ]
        case .stale:
            [
                Parameter("age", .duration, "the answer given is at least this old"),
                Parameter("executed", .flag, "true: the runtime executes the call all the same"),
            ]
        case .truncate: [Parameter("bytes", .size, "so much of the first message arrives")]
        case .reset:
            [
                Parameter("code", .http2, "the HTTP/2 error code; CANCEL without"),
                Parameter("after", .span, "so long after the call came"),
                Parameter("at", Self.moment, "at this moment of the call; answer-begun without"),
            ]
        case .goAway:
            [
                Parameter("code", .http2, "the HTTP/2 error code; NO_ERROR without"),
                Parameter("grace", .span, "time between the warning and the last GOAWAY; 100ms without"),
            ]
        case .drop:
            [
                Parameter("after", .span, "so long after the request went to the runtime"),
                Parameter(
                    "connections",
                    .words(Drop.Which.allCases.map(\.rawValue)),
                    "the call's own connection, or all that the match means"
                ),
            ]
        case .bandwidth:
            [
                Parameter("rate", .size, "bytes in a second"),
                Parameter("chunk", .size, "bytes at once; 1KiB without"),
                Parameter("direction", Self.direction, "which messages are slow; both without"),
            ]
        case .stream:
            [
                Parameter("effect", .words(StreamWord.allCases.map(\.rawValue)), "what happens to the messages meant"),
                Parameter("messages", .numbers, "which messages, counted from 1; all without"),
                Parameter("for", .duration, "hold: how long"),
                Parameter("group", .count(StreamFault.groupLimit), "reorder: so many come last first"),
                Parameter("times", .count(StreamFault.groupLimit), "repeat: so many times in all"),
                Parameter("edits", .edits, "mutate: the changes"),
            ]
        case .bytes:
            [
                Parameter("after", .size, "so many bytes go through"),
                Parameter("effect", .words(ByteFault.Effect.allCases.map(\.rawValue)), "what happens then"),
                Parameter("direction", Self.direction, "whose bytes are counted and hit; both without"),
            ]
        }
    }

    /// The parameter that a bare value is, as in `{delay: 500ms}`.
    var principal: String? {
        switch self {
        case .delay: "for"
        case .error, .loseResponse, .code, .reset, .goAway: "code"
        case .cancel, .drop: "after"
        case .hang: "side"
        case .deadline: "timeout"
        case .duplicate: "gap"
        case .stale: "age"
        case .truncate: "bytes"
        case .bandwidth: "rate"
        case .stream: "effect"
        case .late, .refuse, .blackhole, .noOp, .mutate, .bytes: nil
        }
    }

    /// Whether the word alone says all: `fault: hang`.
    var standsAlone: Bool {
        switch self {
        case .error, .loseResponse, .late, .hang, .noOp, .duplicate, .reset, .goAway, .drop, .refuse, .blackhole: true
        case .delay, .cancel, .deadline, .code, .mutate, .stale, .truncate, .bandwidth, .stream, .bytes: false
        }
    }

    /// One line for editors.
    var help: String {
        switch self {
        case .delay: "the call takes longer"
        case .error: "answered with a status, never executed"
        case .loseResponse: "executed, the answer is lost"
        case .late: "goes on in the runtime after its client gave up"
        case .cancel: "cancelled at the runtime, not by its client"
        case .hang: "no answer until the client's deadline, its cancellation or the rule's end"
        case .deadline: "the runtime is told another deadline"
        case .noOp: "answered with success, never executed"
        case .duplicate: "executed twice, answered once"
        case .code: "executed, answered with another status"
        case .mutate: "a message is changed on its way"
        case .stale: "answered with an earlier answer"
        case .truncate: "the answer's message breaks off"
        case .reset: "the stream is reset"
        case .goAway: "the client is told that the connection will go away"
        case .drop: "the connection is closed"
        case .refuse: "new connections are closed before a byte was said"
        case .blackhole: "connections stay open and nothing goes through"
        case .bandwidth: "bytes go slowly"
        case .stream: "messages of a server stream are lost, held, repeated, changed or reordered"
        case .bytes: "bytes of an exec, attach or port-forward session stall or break off"
        }
    }

    private static let side = Kind.words(Side.allCases.map(\.rawValue))
    private static let direction = Kind.words(Direction.allCases.map(\.rawValue))
    private static let moment = Kind.words(MomentWord.allCases.map(\.rawValue))
    private static let statusParameters = [
        Parameter("code", .status, "the gRPC code"), Parameter("message", .text, "the text beside it"),
        Parameter("details", .bytes, "an encoded google.rpc.Status"),
    ]
}

/// What happens to messages of a server stream.
enum StreamWord: String, CaseIterable {
    case swallow, hold, reorder, `repeat`
    case endEarly = "end-early"
    case mutate

    /// The parameter it cannot do without.
    var need: String? {
        switch self {
        case .hold: "for"
        case .reorder: "group"
        case .repeat: "times"
        case .mutate: "edits"
        case .swallow, .endEarly: nil
        }
    }
}

/// The moments of a call that have a name.
enum MomentWord: String, CaseIterable {
    case requestHeaders = "request-headers"
    case requestSent = "request-sent"
    case answerBegun = "answer-begun"
    case responseHeaders = "response-headers"
    case responseMessage = "response-message"

    var moment: Moment {
        switch self {
        case .requestHeaders: .requestHeaders
        case .requestSent: .requestSent
        case .answerBegun: .answerBegun
        case .responseHeaders: .responseHeaders
        case .responseMessage: .responseMessage
        }
    }
}

/// The changes of a message: each is a mapping with its word, which holds the path, and what else it takes.
enum EditWord: String, CaseIterable {
    case set, clear, add, scale, swap, drop, filter, `repeat`, pad

    /// The path that means a message as a whole, for `pad`.
    static let wholeMessage = "whole-message"

    /// The key beside it.
    var operand: String? {
        switch self {
        case .set: "to"
        case .add: "value"
        case .scale: "by"
        case .swap: "with"
        case .repeat: "times"
        case .pad: "bytes"
        case .clear, .drop, .filter: nil
        }
    }

    /// One line for editors.
    var help: String {
        switch self {
        case .set: "the field gets the value `to`"
        case .clear: "the field is taken out"
        case .add: "a number grows by `value`, a list gets it as an item"
        case .scale: "a number is multiplied `by` this"
        case .swap: "changes places `with` another path"
        case .drop: "these items leave their list"
        case .filter: "only these items stay in their list"
        case .repeat: "these items stand there so many `times`"
        case .pad: "text or bytes grow by `bytes`; whole-message grows by a field no CRI knows"
        }
    }
}

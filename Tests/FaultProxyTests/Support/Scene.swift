import CRICatalog
import FaultModel
import NIOCore
import Testing

@testable import FaultProxy

/// A link in a test's hands: what either end sends goes in as frames, what comes out is told in lines such as
/// `HEADERS 1 grpc-status=0 END`, `DATA 1 5 END`, `RESET 1 CANCEL`, `WINDOW 0 5`.
final class Scene {
    let link: RelayLink
    let decider: RuleDecider
    private var now: UInt64 = 1
    private var runtimeInput = ByteBuffer()
    private var clientInput = ByteBuffer()
    private var runtimeDecoder = HeaderDecoder()
    private var clientDecoder = HeaderDecoder()
    private(set) var records: [CallRecord] = []
    /// All that was written, as bytes.
    private(set) var rawToRuntime: [UInt8] = []
    private(set) var rawToClient: [UInt8] = []
    private var runtimeLines: [String] = []
    private var clientLines: [String] = []
    private var bodies: [String: [UInt8]] = [:]

    init(
        _ rules: FaultRule...,
        index: ObjectIndex = ObjectIndex(),
        clientSettings: [(UInt16, UInt32)] = [],
        runtimeSettings: [(UInt16, UInt32)] = [],
        observer: any LinkObserver = SilentObserver(),
        observesAll: Bool = false
    ) {
        decider = RuleDecider(rules, index: index, observesAll: observesAll)
        link = RelayLink(decider: decider, observer: observer)
        client(Wire.preface + Wire.settings(clientSettings))
        runtime(Wire.settings(runtimeSettings))
        _ = (toRuntime, toClient)
    }

    /// A rule about all calls of a method, node calls included.
    static func rule(_ method: String, _ fault: Fault) -> FaultRule {
        FaultRule(fault.name, Match(methods: [Glob(method)], includesNodeCalls: true), fault)
    }

    /// What its owner would have to do for it.
    var commands: [RelayLink.Command] {
        link.commands.filter { command in
            if case .identified = command { false } else { true }
        }
    }

    // MARK: - Going in

    func client(_ bytes: [UInt8]) { feed(bytes, .request) }

    func runtime(_ bytes: [UInt8]) { feed(bytes, .response) }

    /// A whole unary request for Status.
    func call(_ stream: UInt32) { call("Status", stream) }

    /// A whole unary request.
    func call(_ method: String, _ stream: UInt32, message: [UInt8] = [], headers: [(String, String)] = []) {
        client(Wire.headers(Wire.request(method) + headers, stream: stream))
        client(Wire.data(Wire.message(message), stream: stream, end: true))
    }

    /// A whole unary answer.
    func answer(_ stream: UInt32, message: [UInt8] = [], status: Int = 0) {
        runtime(Wire.headers(Wire.responseHeaders, stream: stream))
        runtime(Wire.data(Wire.message(message), stream: stream))
        runtime(Wire.headers(Wire.trailers(status), stream: stream, end: true))
    }

    func wait(_ duration: Duration) {
        now += duration.nanosecondsClamped
        link.tick(at: now)
        collect()
    }

    func release() {
        link.releaseAll(at: now)
        collect()
    }

    func release(rule: String) {
        link.release(rule: rule, at: now)
        collect()
    }

    func goAway(_ code: HTTP2Code = .noError, grace: Duration = .milliseconds(100)) {
        link.goAway(code, grace: grace, at: now)
        collect()
    }

    private func feed(_ bytes: [UInt8], _ direction: Direction) {
        link.receive(ByteBuffer(bytes: bytes), direction, at: now)
        collect()
    }

    // MARK: - Coming out

    /// What has been written to the runtime since the last look.
    var toRuntime: [String] {
        defer { runtimeLines = [] }
        return runtimeLines
    }

    /// What has been written to the client since the last look.
    var toClient: [String] {
        defer { clientLines = [] }
        return clientLines
    }

    /// All bytes of bodies that the client got on a stream.
    func clientBody(_ stream: UInt32) -> [UInt8] { bodies["c\(stream)"] ?? [] }

    /// All bytes of bodies that the runtime got on a stream.
    func runtimeBody(_ stream: UInt32) -> [UInt8] { bodies["r\(stream)"] ?? [] }

    private func collect() {
        link.request.output.drain {
            rawToRuntime += Array($0.readableBytesView)
            runtimeInput.writeImmutableBuffer($0)
        }
        link.response.output.drain {
            rawToClient += Array($0.readableBytesView)
            clientInput.writeImmutableBuffer($0)
        }
        if runtimeInput.getBytes(at: runtimeInput.readerIndex, length: 24) == Preface.bytes {
            runtimeInput.moveReaderIndex(forwardBy: 24)
        }
        while let line = Self.line(&runtimeInput, &runtimeDecoder, "r", &bodies) { runtimeLines.append(line) }
        while let line = Self.line(&clientInput, &clientDecoder, "c", &bodies) { clientLines.append(line) }
    }

    private static func line(
        _ input: inout ByteBuffer,
        _ decoder: inout HeaderDecoder,
        _ end: String,
        _ bodies: inout [String: [UInt8]]
    ) -> String? {
        guard let header = FrameHeader(input, at: input.readerIndex),
            input.readableBytes >= FrameHeader.size + header.length
        else { return nil }
        input.moveReaderIndex(forwardBy: FrameHeader.size)
        let payload = input.readSlice(length: header.length) ?? ByteBuffer()
        let id = header.stream
        let ends = header.endsStream ? " END" : ""
        func number(_ offset: Int) -> UInt32 { payload.getInteger(at: payload.readerIndex + offset) ?? 0 }
        switch header.type {
        case .data:
            if let body = RelayLink.body(header, payload) {
                bodies["\(end)\(id)", default: []] += Array(body.readableBytesView)
            }
            return "DATA \(id) \(header.length)\(ends)"
        case .headers:
            guard let block = HeaderBlock(header, payload: payload, kept: nil),
                case .fields(let fields) = decoder.decode(block.fragment)
            else { return "HEADERS \(id) unreadable" }
            let shown = fields.filter {
                ![":scheme", ":authority", "te", "content-type", ":method"].contains($0.text.0)
            }
            let text = shown.filter { !($0.text.0 == "grpc-message" && $0.value.isEmpty) }
                .map {
                    $0.text.0 == ":path"
                        ? String($0.text.1.split(separator: "/").last ?? "") : "\($0.text.0)=\($0.text.1)"
                }
            return "HEADERS \(id) \(text.joined(separator: " "))\(ends)"
        case .reset: return "RESET \(id) \(HTTP2Code(rawValue: number(0)))"
        case .windowUpdate: return "WINDOW \(id) \(number(0))"
        case .settings: return header.has(1) ? "SETTINGS ACK" : "SETTINGS"
        case .ping: return header.has(1) ? "PING ACK" : "PING"
        case .goAway: return "GOAWAY \(number(0)) \(HTTP2Code(rawValue: number(4)))"
        default: return "FRAME \(header.type.rawValue) \(id)"
        }
    }
}

extension HeaderField {
    fileprivate var text: (String, String) {
        (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
}

internal import CFuzzer
internal import FuzzSupport
internal import NIOCore

@testable internal import FaultProxy

/// What both ends of a relayed connection can send, in any order and cut anyhow.
///
/// The mode's lowest two bits choose: header blocks alone; a link without rules, which must pass every byte as it came,
/// however the bytes are cut; a link with a rule, which must write whole frames and let go of every call in the end.
/// With its bit 2 the client begins as HTTP/2 clients do, so that inputs need not find that out.
private func run(_ input: FuzzInput) {
    switch input.mode & 3 {
    case 0: blocks(input.bytes)
    case 1: passing(input)
    default: interfering(input)
    }
}

/// The rest is header blocks, a length before each. What was read must be the same when it is written and read again.
private func blocks(_ bytes: [UInt8]) {
    var decoder = HeaderDecoder()
    decoder.allow(UInt32(bytes.first ?? 0) << 8)
    var rest = bytes.dropFirst()
    while let length = rest.popFirst() {
        let block = ByteBuffer(bytes: rest.prefix(Int(length)))
        rest = rest.dropFirst(Int(length))
        guard case .fields(let fields) = decoder.decode(block) else { continue }
        var written = ByteBuffer()
        var encoder = LiteralEncoder()
        encoder.encode(fields, into: &written)
        var fresh = HeaderDecoder()
        require(fresh.decode(written) == .fields(fields), "written anew, a block says something else: \(fields)")
    }
}

private func passing(_ input: FuzzInput) {
    var outcomes: [[[UInt8]]] = []
    for step in [Int.max, 1, 13] {
        let link = RelayLink()
        var run = LinkRun(link, input)
        while let piece = run.next() { run.feed(piece, step: step) }
        for (sent, got) in zip(run.sent, run.got) {
            require(sent.starts(with: got), "a byte was changed on its way")
        }
        outcomes.append(run.got)
    }
    require(outcomes.allSatisfy { $0 == outcomes[0] }, "how the bytes are cut changes what passes")
}

private func interfering(_ input: FuzzInput) {
    let rules = FuzzRules(input.bytes.first ?? 0)
    let link = RelayLink(decider: rules)
    var run = LinkRun(link, input, skipping: 1)
    while let piece = run.next() { run.feed(piece, step: .max) }
    if link.mode == .http2 { for got in run.got { checkFrames(got) } }
    link.releaseAll(at: run.now)
    run.collect()
    link.close(at: run.now)
    require(link.exchanges.isEmpty && link.calls.isEmpty, "calls outlive their connection")
    require(rules.inFlight == 0, "\(rules.inFlight) decisions were not given back")
}

/// What is written must be frames, and a header block one run of them. The last one may be under way.
private func checkFrames(_ bytes: [UInt8]) {
    var buffer = ByteBuffer(bytes: bytes)
    if bytes.starts(with: Preface.bytes) { buffer.moveReaderIndex(forwardBy: Preface.bytes.count) }
    var open: UInt32?
    while let header = FrameHeader(buffer, at: buffer.readerIndex) {
        if let stream = open {
            require(header.type == .continuation && header.stream == stream, "a header block is broken into")
        }
        if header.type == .headers || header.type == .pushPromise || header.type == .continuation {
            open = header.has(FrameHeader.Flag.endHeaders) ? nil : header.stream
        }
        guard buffer.readableBytes >= FrameHeader.size + header.length else { return }
        buffer.moveReaderIndex(forwardBy: FrameHeader.size + header.length)
    }
}

/// The program's entry, under the name that SwiftPM gives it: libFuzzer's driver takes over.
@c(FuzzRelay_main) public func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?)
    -> Int32
{
    var (count, arguments) = (count, arguments)
    return LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        run(FuzzInput(data, size))
        return 0
    }
}

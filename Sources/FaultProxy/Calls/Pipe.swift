internal import NIOCore

/// One direction of a call that is not left to pass by itself: what waits for its receiver, and the account of the
/// stream's window.
struct Pipe {
    /// Something that waits.
    enum Item {
        /// Bytes of the body, sent in frames of their own as windows allow.
        case body(ByteBuffer, end: Bool, Credit)
        /// A padded DATA frame as it came: padding counts and is never stripped (relay-contract 12).
        case frame(ByteBuffer, cost: Int, end: Bool, Credit)
        case block(HeaderList, end: Bool)
        case reset(UInt32)
    }

    /// Whether the sender has credit already for something that waits, in its two windows.
    struct Credit: Equatable {
        var connection: Bool
        var stream: Bool

        /// Never sent, so never to be given credit for.
        static let own = Credit(connection: true, stream: true)
        static let none = Credit(connection: false, stream: false)
    }

    var gate = Gate.open
    /// In the order it goes to the receiver.
    private(set) var items = CircularBuffer<Item>()
    /// What waits costs so much memory, about.
    private(set) var weight = 0
    /// How many bytes wait that the sender has had no connection credit for.
    private(set) var uncredited = 0
    /// How many bytes wait that the sender has had no stream credit for.
    private(set) var streamUncredited = 0
    /// Stream credit of the relay's own that is to go to the sender.
    var streamCredit = 0
    /// Credit for the sender that came while it did not know of the stream.
    var deferredCredit = 0
    /// The account of the stream's window; `nil` where the sender keeps within it by itself.
    var flow: FlowAccount?
    /// Puts messages together, where a fault wants to know of them.
    var reader: MessageReader?
    var bucket: TokenBucket?
    /// Something has waited here.
    private(set) var hasWaited = false
    /// The sender has ended the stream, or reset it.
    var senderEnded = false
    /// The receiver has been sent the end of the stream, or a reset, or has reset it.
    var receiverEnded = false
    /// The sender has sent a header block.
    var sawHeaders = false
    /// The receiver has been sent a header block, or one waits for it.
    var sentHeaders = false
    /// Something was swallowed that its receiver will miss.
    var hasLost = false

    init(flow: FlowAccount?) { self.flow = flow }

    var isEmpty: Bool { items.isEmpty }

    /// Whether what comes can pass by as it is.
    var isClear: Bool { gate == .open && items.isEmpty && bucket == nil && !receiverEnded }

    mutating func append(_ item: Item) {
        hasWaited = true
        // Many small frames must not cost many times their bytes.
        if case .body(let bytes, let end, let credit) = item,
            case .body(var last, false, credit)? = items.last, last.readableBytes + bytes.readableBytes <= 1 << 16
        {
            _ = takeLast()
            last.writeImmutableBuffer(bytes)
            items.append(.body(last, end: end, credit))
        } else {
            items.append(item)
        }
        if let last = items.last { count(last, 1) }
    }

    /// Puts what is left of an item back to where it came from.
    mutating func putBack(_ item: Item) {
        items.prepend(item)
        count(item, 1)
    }

    mutating func takeFirst() -> Item? {
        guard let item = items.popFirst() else { return nil }
        count(item, -1)
        return item
    }

    private mutating func takeLast() -> Item? {
        guard let item = items.popLast() else { return nil }
        count(item, -1)
        return item
    }

    /// Marks everything that waits as given connection credit for. Returns how much that is.
    mutating func creditConnection() -> Int {
        defer { uncredited = 0 }
        if uncredited > 0 { creditTail(\.connection) }
        return uncredited
    }

    /// Marks everything that waits as given stream credit for. Returns how much that is.
    mutating func creditStream() -> Int {
        defer { streamUncredited = 0 }
        if streamUncredited > 0 { creditTail(\.stream) }
        return streamUncredited
    }

    /// What has no credit yet came last: a fault's own bytes stand before what passes after it.
    private mutating func creditTail(_ kind: WritableKeyPath<Credit, Bool>) {
        var index = items.endIndex
        while index > items.startIndex {
            index = items.index(before: index)
            guard items[index].credit(kind) else { return }
        }
    }

    /// Ends the stream with the last bytes that wait, if they can carry the end. Returns whether they do.
    mutating func endWithLast() -> Bool {
        guard case .body(let bytes, false, let credit)? = items.last else { return false }
        items[items.index(before: items.endIndex)] = .body(bytes, end: true, credit)
        return true
    }

    private mutating func count(_ item: Item, _ sign: Int) {
        weight += sign * item.weight
        switch item {
        case .body(_, _, let credit), .frame(_, _, _, let credit):
            if !credit.connection { uncredited += sign * item.cost }
            if !credit.stream { streamUncredited += sign * item.cost }
        case .block, .reset: break
        }
    }
}

extension Pipe.Item {
    /// What it counts for in windows.
    var cost: Int {
        switch self {
        case .body(let bytes, _, _): bytes.readableBytes
        case .frame(_, let cost, _, _): cost
        case .block, .reset: 0
        }
    }

    /// What it costs in memory, about.
    fileprivate var weight: Int {
        switch self {
        case .body(let bytes, _, _), .frame(let bytes, _, _, _): bytes.readableBytes + 64
        case .block(let fields, _): fields.reduce(64) { $0 + $1.size }
        case .reset: 64
        }
    }

    /// Marks it as given credit for. `false` when it was already.
    fileprivate mutating func credit(_ kind: WritableKeyPath<Pipe.Credit, Bool>) -> Bool {
        switch self {
        case .body(let bytes, let end, var credit):
            if credit[keyPath: kind] { return false }
            credit[keyPath: kind] = true
            self = .body(bytes, end: end, credit)
        case .frame(let bytes, let cost, let end, var credit):
            if credit[keyPath: kind] { return false }
            credit[keyPath: kind] = true
            self = .frame(bytes, cost: cost, end: end, credit)
        case .block, .reset: break
        }
        return true
    }
}

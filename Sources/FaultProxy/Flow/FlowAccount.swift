/// The flow-control account of one direction of a connection or of a stream, kept beside the frames that pass
/// (relay-contract 12).
///
/// The windows both ends keep follow from it. With `S` for the sender's window (what it believes it may send) and `R`
/// for what the receiver is ready for:
///
///     S + waiting = R + debt
///
/// where `waiting` is what has come and was neither delivered nor given credit for. The relay gives the sender credit
/// of its own for what it keeps back, because the receiver, who never sees it, will not; for what is delivered later,
/// or was made up, the receiver gives credit a second time, and that is the `debt`: it is kept from the sender until
/// it is paid.
///
/// Without interference `debt` is zero, so `S` equals `R` and what the sender may send the receiver can take.
struct FlowAccount: Equatable {
    /// Far beyond any legal window: only hostile credit reaches it.
    private static let limit = 1 << 40

    /// How much the receiver is still ready for. A receiver that lowers SETTINGS_INITIAL_WINDOW_SIZE can make a
    /// stream's negative (RFC 9113 section 6.9.2).
    private(set) var window: Int
    /// How much of the receiver's coming credit the sender has had already.
    private(set) var debt = 0

    init(window: Int = 65_535) { self.window = window }

    /// Whether what the sender sends must fit the receiver's window.
    var isTransparent: Bool { debt == 0 }

    /// Takes note of DATA that goes to the receiver.
    ///
    /// - Parameter credited: how much of it the sender has credit for already, or never sent.
    mutating func deliver(_ count: Int, credited: Int = 0) {
        window -= count
        debt += credited
    }

    /// Takes note of credit from the receiver. Returns how much of it the sender is to have.
    mutating func credit(_ count: Int) -> Int {
        window = min(window + count, Self.limit)
        let kept = min(debt, count)
        debt -= kept
        return count - kept
    }

    /// Takes note of a changed SETTINGS_INITIAL_WINDOW_SIZE.
    mutating func shift(_ delta: Int) { window += delta }
}

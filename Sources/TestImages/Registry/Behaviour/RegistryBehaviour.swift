/// How a repository of the registry misbehaves; `RegistryBehaviour()` is a healthy one.
///
/// What a request meets, in this order: a stall before the head, `answer`, `authentication`, `missing`, `redirect`, then content that
/// may be `corrupt` and is sent `slow`, up to a stall or a `cut`. All but `answer` and a stall before the head are
/// about content: manifests and blobs.
public struct RegistryBehaviour: Sendable, Hashable {
    /// What clients have to prove themselves with; `nil`: everybody is served.
    public var authentication: RegistryAuthentication?
    /// An HTTP status instead of what was asked for.
    public var answer: Answer?
    /// Content that is answered 404 although the repository has it.
    public var missing: RegistryTarget?
    /// Content that is answered with the place where it is.
    public var redirect: Redirect?
    /// Content served with as many bytes as there should be, of which one thing is different: its digest. Documents
    /// have two fields in another order, gzip and zstd layers a bit that unpacking does not look at, plain layers a
    /// bit in the middle. So whoever takes it did not look at the digest.
    public var corrupt: RegistryTarget?
    /// Where sending stops without an end.
    public var stall: Stall?
    /// Where the connection is closed before the content is whole.
    public var cut: Cut?
    /// At which rate content is sent.
    public var slow: Slow?

    /// Creates a behaviour.
    public init(
        authentication: RegistryAuthentication? = nil,
        answer: Answer? = nil,
        missing: RegistryTarget? = nil,
        redirect: Redirect? = nil,
        corrupt: RegistryTarget? = nil,
        stall: Stall? = nil,
        cut: Cut? = nil,
        slow: Slow? = nil
    ) {
        self.authentication = authentication
        self.answer = answer
        self.missing = missing
        self.redirect = redirect
        self.corrupt = corrupt
        self.stall = stall
        self.cut = cut
        self.slow = slow
    }
}

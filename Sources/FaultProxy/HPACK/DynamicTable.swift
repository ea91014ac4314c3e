/// The fields a sender has put into its table, newest first (RFC 7541 section 2.3.2).
///
/// Its memory is bounded by ``sizeLimit`` whatever the sender's peer allows it.
struct DynamicTable {
    /// A sender that is allowed a larger table and uses it is not followed any further.
    static let sizeLimit = 1 << 20

    /// Oldest first; those before `start` are gone.
    private var entries: [HeaderField] = []
    private var start = 0
    private(set) var size = 0
    /// What the sender limits itself to.
    private(set) var capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count - start }

    /// The nth entry, 0 being the newest.
    subscript(index: Int) -> HeaderField? {
        guard index >= 0, index < count else { return nil }
        return entries[entries.count - 1 - index]
    }

    mutating func add(_ field: HeaderField) {
        evict(to: capacity - field.size)
        // A field larger than the whole table empties it and is not kept (RFC 7541 section 4.4).
        guard field.size <= capacity else { return }
        entries.append(field)
        size += field.size
    }

    mutating func resize(_ capacity: Int) {
        self.capacity = capacity
        evict(to: capacity)
    }

    private mutating func evict(to limit: Int) {
        while start < entries.count, size > limit {
            size -= entries[start].size
            start += 1
        }
        guard start == entries.count || start > 64 else { return }
        // Seldom enough that moving the rest costs nothing in the mean.
        if start == entries.count || start > entries.count / 2 {
            entries.removeFirst(start)
            start = 0
        }
    }
}

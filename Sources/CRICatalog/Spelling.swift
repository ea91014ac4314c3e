/// Finds the name that was probably meant.
public enum Spelling {
    /// The nearest candidate, close enough to be a typo: at most a third of its letters differ.
    public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let target = Array(name.lowercased().utf8.prefix(64)).filter { !separators.contains($0) }
        var best: (String, Int)?
        for candidate in candidates where candidate != name {
            let letters = Array(candidate.lowercased().utf8.prefix(64)).filter { !separators.contains($0) }
            let distance = distance(target, letters)
            guard distance <= max(1, max(target.count, letters.count) / 3), distance < best?.1 ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.0
    }

    /// ` (did you mean x?)`, or nothing.
    public static func suggestion(for name: String, among candidates: some Sequence<String>) -> String {
        nearest(to: name, among: candidates).map { " (did you mean \($0)?)" } ?? ""
    }

    /// `exit-code`, `exit_code` and `exitCode` are one word to a tired eye.
    private static let separators: Set<UInt8> = [UInt8(ascii: "-"), UInt8(ascii: "_")]

    /// Edits (insert, delete, replace, swap of neighbours) between two words: optimal string alignment.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(
                    previous[column + 1] + 1,
                    current[column] + 1,
                    previous[column] + (byte == other ? 0 : 1)
                )
                if row > 0, column > 0, byte == right[column - 1], other == left[row - 1] {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            (before, previous) = (previous, current)
        }
        return previous[right.count]
    }
}

internal import Foundation

/// Two versions of a file as one hunk of a unified diff: enough for changes that are close together.
enum UnifiedDiff {
    private static let context = 3

    /// - Parameters:
    ///   - old: `nil` for a file that is new.
    ///   - new: `nil` for a file that goes.
    static func text(path: String, old: Data?, new: Data?) -> String {
        guard old != new else { return "" }
        let (before, after) = (lines(old), lines(new))
        var start = 0
        while start < min(before.count, after.count), before[start] == after[start] { start += 1 }
        var end = 0
        while end < min(before.count, after.count) - start,
            before[before.count - 1 - end] == after[after.count - 1 - end]
        { end += 1 }
        let first = max(0, start - context)
        let tail = min(context, end)
        let oldCount = before.count - end + tail - first
        let newCount = after.count - end + tail - first
        var text = "--- \(old == nil ? "/dev/null" : path)\n+++ \(new == nil ? "/dev/null" : path)\n"
        text += "@@ -\(oldCount == 0 ? 0 : first + 1),\(oldCount) +\(newCount == 0 ? 0 : first + 1),\(newCount) @@\n"
        for line in before[first..<start] { text += " \(line)\n" }
        for line in before[start..<(before.count - end)] { text += "-\(line)\n" }
        for line in after[start..<(after.count - end)] { text += "+\(line)\n" }
        for line in before[(before.count - end)..<(before.count - end + tail)] { text += " \(line)\n" }
        return text
    }

    private static func lines(_ data: Data?) -> [String] {
        guard let data, !data.isEmpty else { return [] }
        var lines = String(decoding: data, as: UTF8.self).lines
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

import Foundation

/// Small helpers of all renderers.
enum Text {
    /// Seconds to the hundredth.
    static func seconds(_ value: Double) -> String { String(format: "%.2f", value) }

    /// At most so many characters, with the whole size stated when something was cut.
    static func capped(_ text: String, _ limit: Int) -> String {
        // Bytes first: counting the characters of a huge text is not free.
        guard text.utf8.count > limit else { return text }
        return "\(String(decoding: text.utf8.prefix(limit), as: UTF8.self))… (\(text.utf8.count) bytes)"
    }

    /// Text without what is no character to look at, and what XML and HTML forbid; lines and tabs stay.
    static func visible(_ text: String) -> String {
        func isVisible(_ value: UInt32) -> Bool {
            (value >= 32 || value == 9 || value == 10) && !(0x7f..<0xa0).contains(value) && value & 0xfffe != 0xfffe
        }
        // Nearly all text is as it should be.
        guard !text.unicodeScalars.allSatisfy({ isVisible($0.value) }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isVisible($0.value) ? $0 : "\u{fffd}" }))
    }

    /// Text that is meant for one line, capped, without what is no character to look at: bytes of a peer may be anything.
    static func line(_ text: String, _ limit: Int) -> String {
        let scalars = capped(text, limit).unicodeScalars.map { scalar in
            scalar.value < 32 || (0x7f..<0xa0).contains(scalar.value) ? "\u{fffd}" : scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// Where a source of a requirement can be read.
enum SourceLink {
    /// The address of `owner/repo#123` and `KEP-123`; other sources are words.
    static func url(_ source: String) -> String? {
        if let match = source.wholeMatch(of: /([A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+)#([0-9]+)/) {
            return "https://github.com/\(match.1)/issues/\(match.2)"
        }
        if let match = source.wholeMatch(of: /KEP-([0-9]+)/) {
            return "https://www.kubernetes.dev/resources/keps/\(match.1)/"
        }
        return nil
    }
}

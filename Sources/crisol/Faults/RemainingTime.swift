/// How long something still lasts, as people say it: `9m 12s`.
enum RemainingTime {
    static func text(_ seconds: Double) -> String {
        // Up, so that what is still in force never shows nothing.
        let whole = Int(min(max(0, seconds), 1e9).rounded(.up))
        if whole < 60 { return "\(whole)s" }
        if whole < 3600 { return "\(whole / 60)m \(whole % 60)s" }
        return "\(whole / 3600)h \(whole % 3600 / 60)m"
    }
}

import CRICatalog

/// YAML to a profile.
public enum ProfileReader {
    /// Reads a profile.
    ///
    /// - Returns: the profile, unless something is wrong, which is then listed.
    public static func read(file: String) -> (profile: Profile?, diagnostics: [Diagnostic]) {
        do {
            return read(text: try DocumentReader.text(ofFile: file), file: file)
        } catch {
            return (nil, [error])
        }
    }

    /// Reads the text of a profile.
    public static func read(text: String, file: String) -> (profile: Profile?, diagnostics: [Diagnostic]) {
        let root: Node
        do { root = try DocumentReader.read(text, file: file) } catch { return (nil, [error]) }
        var reader = CaseReader(catalog: .cri, file: file)
        guard let entries = root.entries else {
            return (nil, [Diagnostic("a profile is a mapping with profile and differences", at: root.position)])
        }
        reader.checkKeys(entries, known: ["profile", "differences"], of: "a profile")
        let name = root["profile"].flatMap { reader.plainText($0, "the name of a profile") }
        if root["profile"] == nil { reader.report("a profile needs 'profile', its name", at: root.position) }
        var differences: [KnownDifference] = []
        if let items = root["differences"]?.items {
            for item in items {
                if let difference = reader.difference(item) { differences.append(difference) }
            }
        } else {
            reader.report("a profile needs 'differences', a list", at: root["differences"]?.position ?? root.position)
        }
        guard reader.diagnostics.isEmpty, let name else { return (nil, reader.diagnostics) }
        return (Profile(name: name, differences: differences), [])
    }

    /// Whether a file is meant as a profile and not as a suite.
    static func isProfile(_ root: Node) -> Bool { root["profile"] != nil }
}

extension CaseReader {
    fileprivate mutating func difference(_ node: Node) -> KnownDifference? {
        guard let entries = node.entries else {
            report("a difference is a mapping with case, reason, owner and expires", at: node.position)
            return nil
        }
        checkKeys(entries, known: ["case", "reason", "reference", "owner", "expires", "leaks"], of: "a difference")
        var texts: [String: String] = [:]
        for key in ["case", "reason", "owner", "expires"] {
            guard let value = node[key] else {
                report("a difference needs '\(key)'", at: node.position)
                continue
            }
            guard let text = plainText(value, key), !text.isEmpty else {
                report("'\(key)' is still to be filled in", at: value.position)
                continue
            }
            texts[key] = text
        }
        if let day = texts["expires"], day.wholeMatch(of: /20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])/) == nil {
            report("expires is a day such as \"2027-06-30\"", at: node["expires"]?.position ?? node.position)
            return nil
        }
        let leaks = node["leaks"]
        if let leaks, leaks.scalar != "accepted" {
            report("'leaks: accepted' takes what the case leaves behind as known too", at: leaks.position)
        }
        guard let id = texts["case"], let reason = texts["reason"], let owner = texts["owner"],
            let expires = texts["expires"]
        else { return nil }
        return KnownDifference(
            caseID: id,
            reason: reason,
            reference: node["reference"].flatMap { plainText($0, "reference") },
            owner: owner,
            expires: expires,
            acceptsLeak: leaks != nil,
            position: node["case"]?.position ?? node.position
        )
    }
}

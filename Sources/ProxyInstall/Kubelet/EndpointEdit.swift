internal import Foundation

/// Changes the endpoint in one place of one file, and nothing else.
struct EndpointEdit {
    let place: EndpointPlace

    /// The file's text with another endpoint.
    ///
    /// - Throws: when the place cannot be found for sure.
    func apply(to text: String, new: String) throws(InstallProblem) -> String {
        switch place.form {
        case .field, .missing: return try KubeletConfigFile(path: place.path, text: text).text(with: new)
        case .flag: return try flag(text, new)
        }
    }

    /// The flag must stand exactly once outside of comments: a second one may be meant for other times.
    private func flag(_ text: String, _ new: String) throws(InstallProblem) -> String {
        var lines = text.lines
        let name = EndpointPlace.Form.flag.rawValue
        // kubelet takes `_` in a flag's name for `-`.
        let spelling = #/--container[-_]runtime[-_]endpoint/#
        let hits = lines.indices.filter { index in
            let line = lines[index].trimmingSpace
            return line.contains(spelling) && !line.hasPrefix("#") && !line.hasPrefix(";")
        }
        guard hits.count == 1, let index = hits.first, lines[index].ranges(of: spelling).count == 1,
            let flag = lines[index].firstRange(of: spelling),
            let value = lines[index].range(of: place.endpoint, range: flag.upperBound..<lines[index].endIndex)
        else {
            throw InstallProblem("\(place.path) does not name \(name) exactly once, so it is not changed")
        }
        // Between the flag and its value stand only what separates them and quotes.
        let between = lines[index][flag.upperBound..<value.lowerBound]
        guard between.allSatisfy({ "= \t\"'".contains($0) }) else {
            throw InstallProblem(
                "\(place.path):\(index + 1): the value of \(name) is written in a way that is not changed"
            )
        }
        lines[index].replaceSubrange(value, with: new)
        return lines.joined(separator: "\n")
    }
}

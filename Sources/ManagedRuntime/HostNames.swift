import Foundation

/// `/etc/hosts` as the private runtime sees it.
///
/// Runtimes reach servers of a pod that listen on IPv6 alone by dialling `localhost`, which is resolved with the node's
/// file. Some machines, most of all those that are containers themselves, do not list `::1` there.
enum HostNames {
    private static let file = "/etc/hosts"

    /// Puts a file that lists it over the node's, in this mount namespace alone.
    ///
    /// - Parameter folder: where the file is kept.
    /// - Returns: what is wrong, or `nil` when it is there.
    static func provideIPv6Loopback(in folder: String) -> String? {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        guard let complete = completed(text) else { return nil }
        let own = "\(folder)/hosts"
        do { try complete.write(toFile: own, atomically: true, encoding: .utf8) } catch {
            return error.localizedDescription
        }
        return HostMount.bind(own, over: file)
    }

    /// The text with a line for `::1`; `nil` when it has one.
    static func completed(_ text: String) -> String? {
        for line in text.split(separator: "\n") {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            if words.first == "::1", words.dropFirst().contains("localhost") { return nil }
        }
        return text + (text.isEmpty || text.hasSuffix("\n") ? "" : "\n") + "::1 localhost\n"
    }
}

public import Foundation

/// `results.json`: how results are written and read back.
public enum ResultsFile {
    /// Files larger than this are refused; a run of ten thousand cases stays far below.
    public static let sizeLimit = 512 << 20

    /// The results as JSON with sorted keys, so that two files can be compared line by line.
    public static func encode(_ results: Results) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(results) + Data("\n".utf8)
    }

    /// Reads results that this or an earlier version of crisol wrote.
    ///
    /// - Throws: `ResultsFileError` when it is no results file or its schema is unknown.
    public static func decode(_ data: Data) throws(ResultsFileError) -> Results {
        struct Header: Decodable { let schema: String? }
        do {
            let schema = try JSONDecoder().decode(Header.self, from: data).schema
            guard schema == Results.currentSchema else {
                throw ResultsFileError(
                    message: "the schema is '\(schema ?? "missing")', this crisol reads '\(Results.currentSchema)'"
                )
            }
            return try JSONDecoder().decode(Results.self, from: data)
        } catch let error as ResultsFileError {
            throw error
        } catch let error as DecodingError {
            throw ResultsFileError(message: "not a results file: \(Self.text(error))")
        } catch {
            throw ResultsFileError(message: "not a results file: \(error.localizedDescription)")
        }
    }

    /// Where in the file it is, and what.
    private static func text(_ error: DecodingError) -> String {
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        case .keyNotFound(let key, let found):
            let place = found.codingPath + [key]
            return "\(path(place)) is missing"
        @unknown default: return error.localizedDescription
        }
        let place = path(context.codingPath)
        return place.isEmpty ? context.debugDescription : "\(place): \(context.debugDescription)"
    }

    /// `cases[3].verdict`
    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce("") { path, key in
            if let index = key.intValue { return "\(path)[\(index)]" }
            return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
        }
    }
}

/// A file that holds no results this version can read.
public struct ResultsFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with it.
    public let message: String

    /// How messages show it.
    public var description: String { message }
}

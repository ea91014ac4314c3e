import FoundationEssentials

/// The `Authorization` header of a request (RFC 9110 section 11.6.2).
struct AuthorizationHeader: Sendable, Equatable {
    /// What it holds.
    enum Credentials: Sendable, Equatable {
        case none
        case password(username: String, password: String)
        case bearer(String)
        /// Of another scheme, not to be read, or given twice.
        case unreadable
        /// Longer than the bound.
        case tooLong
    }

    /// The most bytes that are read.
    static let limit = 8 << 10

    /// What a request log may say of it; `nil`: there is none.
    let scheme: RegistryRequest.AuthorizationScheme?
    let credentials: Credentials

    /// Reads the values of all headers of that name.
    init(_ values: [String]) {
        guard let value = values.first else {
            (scheme, credentials) = (nil, .none)
            return
        }
        let words = value.prefix(Self.limit).split(separator: " ", maxSplits: 1)
        switch words.first?.lowercased() {
        case "basic": scheme = .basic
        case "bearer": scheme = .bearer
        default: scheme = .other
        }
        guard value.utf8.count <= Self.limit else {
            credentials = .tooLong
            return
        }
        let text = words.count == 2 ? words[1].drop { $0 == " " } : ""
        guard values.count == 1, !text.isEmpty else {
            credentials = .unreadable
            return
        }
        switch scheme {
        case .basic: credentials = Self.password(text) ?? .unreadable
        case .bearer: credentials = .bearer(String(text))
        case .other, nil: credentials = .unreadable
        }
    }

    /// The credentials of RFC 7617. Some clients send an empty name and password instead of no header.
    private static func password(_ text: Substring) -> Credentials? {
        guard let data = Data(base64Encoded: String(text)), let pair = String(data: data, encoding: .utf8),
            let colon = pair.firstIndex(of: ":")
        else { return nil }
        let (username, password) = (String(pair[..<colon]), String(pair[pair.index(after: colon)...]))
        return username.isEmpty && password.isEmpty
            ? Credentials.none : .password(username: username, password: password)
    }
}

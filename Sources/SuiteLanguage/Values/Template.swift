public import CRICatalog

/// A value as a suite writes it: typed and checked, with the references still open.
public indirect enum Template: Sendable, Hashable {
    case constant(Value)
    /// `"${name.path}"` as a whole: keeps its type, or becomes text where text is wanted.
    case reference(Reference, asText: Bool)
    /// Text with references in it.
    case interpolation([Part])
    case list([Template])
    /// A message: the fields that were written; `nil` removes one.
    case record(type: String, fields: [Field])
    case map([Entry])
    /// `{random: 256MiB}`, `{fill: x, size: 4KiB}`: made when it is needed; `asText` where text is wanted.
    case generated(GeneratedBytes, asText: Bool)

    /// A piece of an interpolated text.
    public enum Part: Sendable, Hashable {
        case text(String)
        case reference(Reference)
    }

    /// A field of a message as it was written.
    public struct Field: Sendable, Hashable {
        /// The field's JSON name.
        public let name: String
        /// What the field is set to; `nil` removes it.
        public let value: Template?
    }

    /// An entry of a map as it was written.
    public struct Entry: Sendable, Hashable {
        /// The key.
        public let key: Template
        /// What the entry is set to; `nil` removes it.
        public let value: Template?
    }
}

/// `name.path`: a part of what a name stands for.
public struct Reference: Sendable, Hashable, CustomStringConvertible {
    /// The fixture, saved result or built-in.
    public let name: String
    /// `nil` for the bare name.
    public let path: ValuePath?

    /// How messages show it.
    public var description: String { path.map { "${\(name).\($0.text)}" } ?? "${\(name)}" }
}

/// Bytes that are the same wherever they are made.
public enum GeneratedBytes: Sendable, Hashable {
    /// Pseudo-random bytes that depend on nothing but their number.
    case random(size: Int)
    case fill(UInt8, size: Int)
}

/// What names stand for while a case runs.
public struct Bindings: Sendable {
    /// The field under which a fixture keeps what its bare name stands for, `${img}`; no field of the language is
    /// empty.
    public static let itself = ""

    /// What each name stands for.
    public var values: [String: Value]
    /// How much slower than an ordinary machine this one is; stretches upper bounds of time.
    public var slack: Double
    /// The CRI as it is described.
    public let catalog: Catalog

    /// Creates bindings.
    public init(values: [String: Value] = [:], slack: Double = 1, catalog: Catalog = .cri) {
        self.values = values
        self.slack = slack
        self.catalog = catalog
    }
}

/// A reference that leads nowhere at run time: what it names was not sent.
public struct EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for a person.
    public let message: String
    /// How messages show it.
    public var description: String { message }
}

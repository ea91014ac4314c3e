import AgentProtocol
public import CRICatalog
import Crypto

extension Template {
    /// The value, with every reference looked up.
    ///
    /// - Parameter base: what a message or map is merged into: fields and keys that are not written stay as they
    ///   are there, lists are replaced.
    /// - Throws: `EvaluationError` when a reference leads to something that was not sent.
    public func value(in bindings: Bindings, onto base: Value? = nil) throws(EvaluationError) -> Value {
        switch self {
        case .constant(let value): return value
        case .reference(let reference, let asText):
            let value = try reference.value(in: bindings)
            return asText ? .text(ValueText.plain(value)) : value
        case .interpolation(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .text(let piece): text += piece
                case .reference(let reference): text += ValueText.plain(try reference.value(in: bindings))
                }
            }
            return .text(text)
        case .list(let items):
            var values: [Value] = []
            for item in items { values.append(try item.value(in: bindings)) }
            return .list(values)
        case .record(let type, let fields): return try record(type, fields, bindings, base)
        case .map(let entries):
            var values: [String: Value] = if case .map(let earlier)? = base { earlier } else { [:] }
            for entry in entries {
                let key = ValueText.plain(try entry.key.value(in: bindings))
                values[key] = try entry.value?.value(in: bindings)
            }
            return .map(values)
        case .generated(let source, let asText):
            let bytes = source.bytes
            return asText ? .text(String(decoding: bytes, as: UTF8.self)) : .bytes(bytes)
        }
    }

    private func record(
        _ type: String,
        _ fields: [Field],
        _ bindings: Bindings,
        _ base: Value?
    ) throws(EvaluationError) -> Value {
        var record = Record(type: type)
        if let earlier = base?.record, earlier.type == type { record = earlier }
        let message = bindings.catalog.message(named: type)
        for field in fields {
            guard let written = field.value else {
                record[field.name] = nil
                continue
            }
            let value = try written.value(in: bindings, onto: record[field.name])
            // What equals the default is not sent, so it is not kept either.
            let unset = message?.field(named: field.name).flatMap { Value.unset($0, in: bindings.catalog) }
            record[field.name] = value == unset ? nil : value
        }
        return .record(record)
    }
}

extension Reference {
    /// What the reference leads to.
    ///
    /// - Throws: `EvaluationError` when the name is not bound yet or the path leads to something that was not sent.
    public func value(in bindings: Bindings) throws(EvaluationError) -> Value {
        guard let root = bindings.values[name] else {
            throw EvaluationError(message: "\(description): '\(name)' has no value yet")
        }
        guard let path else {
            if let itself = root.record?.fields[Bindings.itself] { return itself }
            return root
        }
        switch path.read(from: root, in: bindings) {
        case .value(let value): return value
        case .absent: throw EvaluationError(message: "\(description) is not set")
        case .missing(let reason): throw EvaluationError(message: "\(description): \(reason)")
        }
    }
}

extension GeneratedBytes {
    /// The bytes; the agent makes the same ones.
    public var bytes: [UInt8] {
        switch self {
        case .random(let size): DeterministicBytes.random(size: size)
        case .fill(let byte, let size): DeterministicBytes.fill(byte, size: size)
        }
    }

    /// The SHA-256 of the bytes in hexadecimal digits.
    var sha256: String {
        var hash = SHA256()
        for piece in BytePieces(self) { hash.update(data: piece) }
        return Digest.hex(hash.finalize())
    }

    /// How messages name them.
    var description: String {
        switch self {
        case .random(let size): "\(size) random bytes"
        case .fill(let byte, let size): "\(size) bytes '\(Character(.init(byte)))'"
        }
    }
}

public import CRICatalog

extension FieldType {
    /// Why a value of this type never looks as it is written, in words; `nil` when it may. A pattern with `*` or `?` is
    /// taken as it is.
    ///
    /// Values are compared as they are written: an enum's by name, numbers in digits without a unit.
    public func misfit(of glob: Glob, catalog: Catalog = .cri) -> String? {
        guard glob.isLiteral else { return nil }
        let text = glob.description
        switch self {
        case .enumeration(let name):
            guard let type = catalog.enumeration(named: name), Int32(text) == nil, type.member(named: text) == nil
            else {
                return nil
            }
            let names = type.members.map(\.name)
            let hint = Spelling.suggestion(for: text, among: names)
            return "\(name) has no value '\(text)'\(hint.isEmpty ? "; it has \(names.joined(separator: ", "))" : hint)"
        case .bool: return ["true", "false"].contains(text) ? nil : "'\(text)' is neither true nor false"
        case .int32, .int64, .uint32, .uint64:
            return Int128(text) == nil ? "'\(text)' is no number: it is compared in digits, without a unit" : nil
        case .double: return Double(text) == nil ? "'\(text)' is no number" : nil
        case .string, .bytes, .message, .map: return nil
        }
    }
}

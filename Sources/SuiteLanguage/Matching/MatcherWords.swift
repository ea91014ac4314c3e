import CRICatalog

extension Matcher {
    /// What the matcher wants, in words, with its references looked up where they can be.
    func words(_ shape: Shape, _ bindings: Bindings) -> String {
        func value(_ template: Template, _ shape: Shape) -> String {
            do { return ValueText.render(try template.value(in: bindings), as: shape) } catch { return error.message }
        }
        func upper(_ template: Template, _ isScaled: Bool) -> String {
            let text = value(template, shape)
            return isScaled && bindings.slack > 1 ? "\(text) × slack \(bindings.slack)" : text
        }
        switch self {
        case .equals(let template): return value(template, shape)
        case .refused: return "refused (an error that is an answer)"
        case .not(let matcher): return "not \(matcher.words(shape, bindings))"
        case .anyOf(let matchers): return "one of \(matchers.map { $0.words(shape, bindings) }.joined(separator: ", "))"
        case .present(let wanted): return wanted ? "something" : "nothing"
        case .order(let order, let template, let isScaled):
            let name = order.rawValue.replacing("-", with: " ")
            return "\(name) \(upper(template, isScaled))"
        case .between(let low, let high, let isScaled): return "\(value(low, shape)) to \(upper(high, isScaled))"
        case .about(let template, .absolute(let tolerance)):
            return "\(value(template, shape)) ± \(value(tolerance, shape))"
        case .about(let template, .percent(let percent)): return "\(value(template, shape)) ± \(percent)%"
        case .change(let from, let matcher):
            return "a change from \(value(from, shape)) by \(matcher.words(shape, bindings))"
        case .startsWith(let template): return "text starting with \(value(template, .text))"
        case .contains(let template): return "text containing \(value(template, .text))"
        case .matches(let pattern): return "text matching \(pattern)"
        case .statusClass(let name): return "a message of the class \(name)"
        case .size(let matcher): return "a size of \(matcher.words(.integer(.bytes), bindings))"
        case .sha256(let template):
            if case .generated(let source, _) = template { return "the SHA-256 of \(source.description)" }
            return "the SHA-256 of \(value(template, .bytes))"
        case .count(let matcher): return "\(matcher.words(.integer(nil), bindings)) items"
        case .items(let quantifier, let test):
            let item: Shape = if case .list(let inner) = shape { inner } else { .anything }
            let wanted =
                switch test {
                case .matcher(let matcher): matcher.words(item, bindings)
                case .fields(let expectations):
                    "{\(expectations.map { "\($0.path.text): \($0.matcher.words($0.path.shape, bindings))" }.joined(separator: ", "))}"
                }
            let subject =
                switch quantifier {
                case .any: "an item that is"
                case .one: "exactly one item that is"
                case .none: "no item that is"
                case .each: "only items (at least one) that are"
                }
            return "\(subject) \(wanted)"
        case .includes(let template): return "at least \(value(template, shape))"
        case .sameItems(let template): return "\(value(template, shape)) in any order"
        case .ascending(let strictly): return strictly ? "strictly ascending items" : "ascending items"
        case .unique: return "items of which no two are equal"
        case .consecutive(let first, let last):
            return "\(value(first, .integer(nil))), …, \(value(last, .integer(nil))) without a gap"
        case .all(let matchers): return matchers.map { $0.words(shape, bindings) }.joined(separator: " and ")
        }
    }
}

/// Reads the small part of the protocol language that `runtime.proto` is written in, independently of the catalogue.
struct ProtoReader {
    struct Field: Hashable {
        let name: String
        let number: Int
        let type: String
        let isRepeated: Bool
        let options: String
    }

    struct Method: Hashable {
        let service: String
        let name: String
        let request: String
        let response: String
        let isStream: Bool
    }

    private(set) var package = ""
    private(set) var syntax = ""
    private(set) var messages: [String: [Field]] = [:]
    /// By name, a nested one behind its message's name and a dot; the values in their order.
    private(set) var enums: [String: [[String]]] = [:]
    private(set) var methods: [Method] = []
    /// Lines that were not understood.
    private(set) var rest: [String] = []

    private var open: [(kind: String, name: String)] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let trimmed = line.drop { $0 == " " }
            if !trimmed.hasPrefix("//") { read(String(trimmed)) }
        }
        rest += open.map { "\($0.kind) \($0.name) is not closed" }
    }

    private mutating func read(_ line: String) {
        if let match = line.wholeMatch(of: /syntax = "(\w+)";/) {
            syntax = String(match.1)
        } else if let match = line.wholeMatch(of: /package ([\w.]+);/) {
            package = String(match.1)
        } else if let match = line.wholeMatch(of: /(service|message|enum) (\w+) \{/) {
            let outer = open.map(\.name) + [String(match.2)]
            open.append((String(match.1), String(match.2)))
            if match.1 == "message" { messages[outer.joined(separator: ".")] = [] }
            if match.1 == "enum" { enums[outer.joined(separator: ".")] = [] }
        } else if line == "}", !open.isEmpty {
            open.removeLast()
        } else if !readMember(line) {
            rest.append(line)
        }
    }

    private mutating func readMember(_ line: String) -> Bool {
        let name = open.map(\.name).joined(separator: ".")
        switch open.last?.kind {
        case "service":
            guard let match = line.wholeMatch(of: /rpc (\w+)\((\w+)\) returns \((stream )?(\w+)\) \{\}/) else {
                return false
            }
            methods.append(
                Method(
                    service: name,
                    name: String(match.1),
                    request: String(match.2),
                    response: String(match.4),
                    isStream: match.3 != nil
                )
            )
        case "enum":
            guard let match = line.wholeMatch(of: /(\w+) = (-?\d+);/) else { return false }
            enums[name]?.append([String(match.1), String(match.2)])
        case "message":
            guard let match = line.wholeMatch(of: /(repeated )?(map<string, \w+>|\w+) (\w+) = (\d+)(?: \[(.*)\])?;/),
                let number = Int(match.4)
            else { return false }
            messages[name]?.append(
                Field(
                    name: String(match.3),
                    number: number,
                    type: String(match.2),
                    isRepeated: match.1 != nil,
                    options: String(match.5 ?? "")
                )
            )
        default: return false
        }
        return true
    }
}

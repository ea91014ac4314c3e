/// A tab-separated table with a header line.
struct Table {
    struct Row {
        let line: Int
        /// Where each column stands; one for all rows, because a dictionary a row is most of what reading costs.
        let columns: [String: Int]
        let cells: [Substring]

        subscript(column: String) -> String { columns[column].map { String(cells[$0]) } ?? "" }
    }

    let name: String
    let rows: [Row]

    init(_ text: String, name: String) throws(CatalogError) {
        self.name = name
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let header = lines.first, !header.isEmpty else {
            throw CatalogError(table: name, line: 1, message: "no header")
        }
        let names = header.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        let columns = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
        var rows: [Row] = []
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard cells.count == names.count else {
                throw CatalogError(
                    table: name,
                    line: index + 1,
                    message: "\(cells.count) cells, the header has \(names.count)"
                )
            }
            rows.append(Row(line: index + 1, columns: columns, cells: cells))
        }
        self.rows = rows
    }

    func error(_ row: Row, _ message: String) -> CatalogError {
        CatalogError(table: name, line: row.line, message: message)
    }

    func minor(_ row: Row) throws(CatalogError) -> KubernetesMinor {
        guard let minor = KubernetesMinor(row["since"]) else { throw error(row, "since '\(row["since"])'") }
        return minor
    }
}

extension Catalog {
    static func readEnums(_ table: Table) throws(CatalogError) -> [EnumDescriptor] {
        var order: [String] = []
        var members: [String: [EnumDescriptor.Member]] = [:]
        for row in table.rows {
            guard let number = Int32(row["number"]) else { throw table.error(row, "number '\(row["number"])'") }
            if members[row["enum"]] == nil { order.append(row["enum"]) }
            members[row["enum"], default: []].append(
                .init(name: row["value"], number: number, since: try table.minor(row))
            )
        }
        return order.map { EnumDescriptor(name: $0, members: members[$0] ?? []) }
    }

    static func readMessages(_ table: Table, enumNames: Set<String>) throws(CatalogError) -> [MessageDescriptor] {
        var order: [String] = []
        var fields: [String: [FieldDescriptor]] = [:]
        for row in table.rows {
            let message = row["message"]
            if fields[message] == nil {
                order.append(message)
                fields[message] = []
            }
            // A message without fields has one row that names only it.
            if row["field"].isEmpty { continue }
            let field = try readField(row, of: message, in: table, enumNames: enumNames)
            if fields[message]?.contains(where: { $0.number == field.number || $0.jsonName == field.jsonName }) == true
            {
                throw table.error(row, "\(message) has a field '\(field.name)' or number \(field.number) already")
            }
            fields[message]?.append(field)
        }
        return order.map { MessageDescriptor(name: $0, fields: fields[$0] ?? []) }
    }

    private static func readField(
        _ row: Table.Row,
        of message: String,
        in table: Table,
        enumNames: Set<String>
    ) throws(CatalogError) -> FieldDescriptor {
        guard let number = Int(row["number"]), (1...536_870_911).contains(number) else {
            throw table.error(row, "field number '\(row["number"])'")
        }
        guard ["singular", "repeated"].contains(row["label"]) else {
            throw table.error(row, "label '\(row["label"])'")
        }
        let option = FieldDescriptor.Option(rawValue: row["options"])
        let unit = FieldDescriptor.Unit(rawValue: row["unit"])
        if option == nil, !row["options"].isEmpty { throw table.error(row, "option '\(row["options"])'") }
        if unit == nil, !row["unit"].isEmpty { throw table.error(row, "unit '\(row["unit"])'") }
        return FieldDescriptor(
            name: row["field"],
            jsonName: FieldDescriptor.jsonName(of: row["field"]),
            number: number,
            type: type(row["type"], in: message, enumNames: enumNames),
            isRepeated: row["label"] == "repeated",
            option: option,
            since: try table.minor(row),
            unit: unit
        )
    }

    private static func type(_ text: String, in message: String, enumNames: Set<String>) -> FieldType {
        switch text {
        case "bool": return .bool
        case "int32": return .int32
        case "int64": return .int64
        case "uint32": return .uint32
        case "uint64": return .uint64
        case "double": return .double
        case "string": return .string
        case "bytes": return .bytes
        default: break
        }
        if text.hasPrefix("map<string,"), text.hasSuffix(">") {
            let value = String(text.dropFirst("map<string,".count).dropLast())
            return .map(value: type(value, in: message, enumNames: enumNames))
        }
        // An enum nested in the message hides one outside, as in the protocol file.
        if enumNames.contains("\(message).\(text)") { return .enumeration("\(message).\(text)") }
        return enumNames.contains(text) ? .enumeration(text) : .message(text)
    }

    static func readRPCs(_ table: Table) throws(CatalogError) -> [RPC] {
        var rpcs: [RPC] = []
        for row in table.rows {
            guard let service = RPC.Service(rawValue: row["service"]) else { throw table.error(row, "service") }
            guard let kind = RPC.Kind(rawValue: row["kind"]) else { throw table.error(row, "kind") }
            guard let deadline = KubeletDeadline(row["deadline"]) else { throw table.error(row, "deadline") }
            rpcs.append(
                RPC(
                    service: service,
                    name: row["rpc"],
                    request: row["request"],
                    response: row["response"],
                    kind: kind,
                    since: try table.minor(row),
                    isCore: row["core"] == "core",
                    deadline: deadline
                )
            )
        }
        return rpcs
    }
}

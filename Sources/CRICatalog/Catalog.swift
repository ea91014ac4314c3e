/// The CRI as data: every RPC, message, field and enum of `runtime.v1`, with the Kubernetes minor that brought it.
///
/// The tables under `Data/` are the only source: `runtime.proto` and the generated Swift are made from them, lint
/// types every suite by them, and recorded bytes are read with them.
public struct Catalog: Sendable {
    /// The 43 RPCs, in the order of the CRI's own text.
    public let rpcs: [RPC]
    /// The messages, in the order of the catalogue.
    public let messages: [MessageDescriptor]
    /// The enums, in the order of the catalogue.
    public let enums: [EnumDescriptor]
    private let rpcByName: [String: RPC]
    private let messageByName: [String: Int]
    private let enumByName: [String: Int]

    /// The catalogue that ships with crisol.
    public static let cri: Catalog = {
        do {
            return try Catalog(
                rpcs: text(PackageResources.rpcs_tsv),
                fields: text(PackageResources.fields_tsv),
                enums: text(PackageResources.enums_tsv)
            )
        } catch {
            brokenBuild("the built-in CRI catalogue does not parse: \(error)")
        }
    }()

    /// The RPC of this name, for who needs nothing else of the catalogue: reading its messages takes longer than a call.
    public static func rpc(named name: String) -> RPC? { ownRPCs.first { $0.name == name } }

    private static let ownRPCs: [RPC] = {
        do {
            return try readRPCs(Table(text(PackageResources.rpcs_tsv), name: "rpcs.tsv"))
        } catch {
            brokenBuild("the built-in CRI catalogue does not parse: \(error)")
        }
    }()

    /// Reads a catalogue from the text of its three tables.
    ///
    /// - Throws: `CatalogError` with the table and line that does not parse.
    public init(rpcs rpcTable: String, fields fieldTable: String, enums enumTable: String) throws(CatalogError) {
        let enums = try Self.readEnums(Table(enumTable, name: "enums.tsv"))
        let enumNames = Set(enums.map(\.name))
        let messages = try Self.readMessages(Table(fieldTable, name: "fields.tsv"), enumNames: enumNames)
        let rpcs = try Self.readRPCs(Table(rpcTable, name: "rpcs.tsv"))
        self.rpcs = rpcs
        self.messages = messages
        self.enums = enums
        rpcByName = Dictionary(rpcs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        messageByName = Dictionary(
            messages.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        enumByName = Dictionary(enums.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        try checkReferences()
    }

    /// The RPC of this name; names are unique across both services.
    public func rpc(named name: String) -> RPC? { rpcByName[name] }

    /// The RPC behind a gRPC request path such as `/runtime.v1.RuntimeService/Version`.
    public func rpc(path: String) -> RPC? {
        guard let name = path.split(separator: "/").last, let rpc = rpcByName[String(name)], rpc.path == path
        else { return nil }
        return rpc
    }

    /// The message of this name.
    public func message(named name: String) -> MessageDescriptor? { messageByName[name].map { messages[$0] } }

    /// The enum of this name, `SecurityProfile.ProfileType` for the nested one.
    public func enumeration(named name: String) -> EnumDescriptor? { enumByName[name].map { enums[$0] } }

    /// Every type a field names exists, so that later look-ups cannot meet a hole.
    private func checkReferences() throws(CatalogError) {
        for rpc in rpcs {
            for name in [rpc.request, rpc.response] where messageByName[name] == nil {
                throw CatalogError(table: "rpcs.tsv", line: 0, message: "\(rpc.name) names no message '\(name)'")
            }
        }
        for message in messages {
            for field in message.fields {
                try check(field.type, of: "\(message.name).\(field.name)")
            }
        }
    }

    private func check(_ type: FieldType, of field: String) throws(CatalogError) {
        switch type {
        case .message(let name) where messageByName[name] == nil:
            throw CatalogError(table: "fields.tsv", line: 0, message: "\(field) has no known type '\(name)'")
        case .map(let value): try check(value, of: field)
        default: break
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A catalogue table that does not parse.
public struct CatalogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file name of the table.
    public let table: String
    /// The line in it, from 1; 0 when the fault is between lines.
    public let line: Int
    /// What is wrong.
    public let message: String

    /// How messages show it.
    public var description: String { "\(table):\(line): \(message)" }
}

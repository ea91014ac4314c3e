import SeededRandom
import Testing

@testable import CRICatalog

/// Editing bytes and decoding them gives what editing the decoded message gives; all other bytes stay.
@Suite struct WireEditorPropertyTests {
    private let editor = WireEditor()
    private let codec = MessageCodec()

    @Test("Edits on bytes mean what they mean on messages, and touch nothing else", arguments: MessageCodecTests.names)
    func edits(name: String) throws {
        for seed in UInt64(0)..<80 {
            var random = RandomRecords(seed: seed)
            let record = random.record(name)
            var encoder = UntidyEncoder(seed: seed)
            let bytes = encoder.encode(record)
            guard let path = try random.path(name, record) else { continue }
            let edit = random.edit(path)
            let note: Comment = "seed \(seed): \(edit) at \(path)"

            #expect(try editor.read(path, in: bytes) == RecordModel.read(record, path.steps[...]), note)
            let expected = RecordModel.apply(edit, record, path.steps[...])
            let edited = try editor.apply(edit, at: path, to: bytes)
            guard let edited else {
                #expect(expected == nil, note)
                continue
            }
            #expect(try codec.decode(edited, as: name) == expected, note)
            if case .set(let value) = edit {
                #expect(try editor.read(path, in: edited) == value, note)
                #expect(try editor.apply(edit, at: path, to: edited) == edited, "once is enough; \(note)")
            }
            #expect(try bystanders(edited, path.steps[...]) == bystanders(bytes, path.steps[...]), note)
        }
    }

    @Test("A field that is set to what it is decodes to the same message", arguments: MessageCodecTests.names)
    func identity(name: String) throws {
        for seed in UInt64(0)..<40 {
            var random = RandomRecords(seed: seed)
            let record = random.record(name)
            var encoder = UntidyEncoder(seed: seed)
            let bytes = encoder.encode(record)
            guard let path = try random.path(name, record), let value = try editor.read(path, in: bytes),
                RecordModel.read(record, path.steps.dropLast()) != nil
            else { continue }
            let edited = try #require(try editor.apply(.set(value), at: path, to: bytes), "seed \(seed): \(path)")
            #expect(try codec.decode(edited, as: name) == record, "seed \(seed): \(path)")
        }
    }

    @Test("Bytes that were tampered with never trap the editor", arguments: MessageCodecTests.names)
    func tampered(name: String) throws {
        var outcomes: Set<String> = []
        for seed in UInt64(0)..<150 {
            var random = RandomRecords(seed: seed)
            let record = random.record(name)
            guard let path = try random.path(name, record) else { continue }
            let edit = random.edit(path)
            var encoder = UntidyEncoder(seed: seed)
            let bytes = random.generator.mutate(encoder.encode(record))
            do throws(WireError) {
                _ = try editor.read(path, in: bytes)
                guard let edited = try editor.apply(edit, at: path, to: bytes) else { continue }
                outcomes.insert("edited")
                // What is still a message is one after the edit, unless it hid a break that the edit took out.
                if (try? codec.decode(bytes, as: name)) != nil { _ = try codec.decode(edited, as: name) }
            } catch {
                outcomes.insert("refused")
                #expect((try? codec.decode(bytes, as: name)) == nil, "seed \(seed): \(error)")
            }
        }
        let hasFields = Catalog.cri.message(named: name)?.fields.isEmpty == false
        #expect(!hasFields || outcomes.contains("edited"))
    }

    /// All records that are not on the path, level by level, byte by byte.
    private func bystanders(_ bytes: [UInt8], _ steps: ArraySlice<WirePath.Step>) throws -> [[UInt8]] {
        guard let step = steps.first else { return [] }
        var others: [[UInt8]] = []
        var own: [WireRecord] = []
        var reader = WireReader(bytes)
        while let record = try reader.next() {
            if record.number == step.field.number, step.field.accepts(record.type) {
                own.append(record)
            } else {
                others.append(Array(bytes[record.range]))
            }
        }
        guard steps.count > 1 else {
            guard case .key(let key)? = step.item else { return others }
            for record in own where try self.key(record, bytes) != key { others.append(Array(bytes[record.range])) }
            return others
        }
        switch step.item {
        case .index(let index)?:
            guard let position = WireEditor.position(index, own.count) else { return others }
            for (place, record) in own.enumerated() where place != position {
                others.append(Array(bytes[record.range]))
            }
            own = [own[position]]
        default: break
        }
        return others + (try bystanders(own.flatMap { bytes[$0.payload] }, steps.dropFirst()))
    }

    private func key(_ record: WireRecord, _ bytes: [UInt8]) throws -> String {
        var reader = WireReader(bytes, range: record.payload)
        while let part = try reader.next() {
            if part.number == 1 { return String(decoding: bytes[part.payload], as: UTF8.self) }
        }
        return ""
    }
}

extension RandomRecords {
    /// A path into a message, mostly to what is there, sometimes to what is not; `nil` for a message without fields.
    mutating func path(_ name: String, _ record: Record) throws -> WirePath? {
        var text = ""
        var type = name
        var current: Record? = record
        while let message = Catalog.cri.message(named: type), !message.fields.isEmpty {
            let present = message.fields.filter { current?[$0.jsonName] != nil }
            let field = generator.pick(present.isEmpty || generator.oneIn(4) ? message.fields : present)
            let value = current?[field.jsonName]
            text += (text.isEmpty ? "" : ".") + field.jsonName
            var item: Value? = value
            if field.isRepeated, generator.oneIn(3) == false {
                let count = value?.list?.count ?? 0
                let index =
                    generator.oneIn(6)
                    ? generator.pick([count, -count - 1, 99])
                    : Int.random(in: -count..<max(1, count), using: &generator)
                text += "[\(index)]"
                item = value?.list.flatMap { items in WireEditor.position(index, items.count).map { items[$0] } }
            } else if case .map(let entries)? = value, let key = entries.keys.sorted().randomElement(using: &generator),
                !key.contains("["), generator.oneIn(3) == false
            {
                text += "[\(key)]"
            } else if case .map = field.type, generator.oneIn(2) {
                text += "[absent]"
            } else if field.isRepeated {
                break
            }
            guard case .message(let inner) = field.type, !generator.oneIn(3) else { break }
            guard Catalog.cri.message(named: inner)?.fields.isEmpty == false else { break }
            (type, current) = (inner, item?.record)
        }
        return text.isEmpty ? nil : try WirePath(text, in: name)
    }

    /// An edit that fits the end of the path by kind.
    mutating func edit(_ path: WirePath) -> WireEditor.Edit {
        guard let step = path.steps.last else { return .clear }
        let item: FieldType = if case .map(let value) = step.field.type { value } else { step.field.type }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return .clear
        case 1: return .duplicate
        case 2: return .append(value(item))
        default: return .set(step.item == nil ? value(step.field) : value(item))
        }
    }
}

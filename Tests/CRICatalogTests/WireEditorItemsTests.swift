import CRICatalog
import Testing

struct WireEditorItemsTests {
    private let editor = WireEditor()

    private func list(_ ids: String...) -> [UInt8] {
        ids.flatMap { id in [0x0a, UInt8(id.utf8.count + 2), 0x0a, UInt8(id.utf8.count)] + Array(id.utf8) }
    }

    private func path(_ text: String) throws -> WirePath { try WirePath(text, in: "ListContainersResponse") }

    @Test func `Items are kept, removed, replaced and repeated in one pass`() throws {
        let changed = try editor.changeItems(at: path("containers"), in: list("a", "b", "c", "d")) {
            (index, item) throws(WireError) in
            #expect(item == [0x0a, 1, UInt8(ascii: "a") + UInt8(index)])
            switch index {
            case 0: return .keep
            case 1: return .remove
            case 2: return .replace([0x0a, 1, UInt8(ascii: "z")])
            default: return .repeat(3)
            }
        }
        #expect(changed == list("a", "z", "d", "d", "d"))
    }

    @Test func `Fields between the items stay where they are`() throws {
        let unknown: [UInt8] = [0xf8, 0x3f, 0x2a]
        let bytes = unknown + list("a") + unknown + list("b") + unknown
        let changed = try editor.changeItems(at: path("containers"), in: bytes) { (index, _) throws(WireError) in
            index == 0 ? .remove : .keep
        }
        #expect(changed == unknown + unknown + list("b") + unknown)
    }

    @Test func `Nothing changed and nowhere to go are both nil`() throws {
        let keep = try editor.changeItems(at: path("containers"), in: list("a")) { (_, _) throws(WireError) in .keep }
        #expect(keep == nil)
        for text in ["containers[0]", "containers[0].id", "containers[0].labels"] {
            let result = try editor.changeItems(at: path(text), in: list("a")) { (_, _) throws(WireError) in .remove }
            #expect(result == nil, "\(text)")
        }
    }

    @Test func `Items are counted also in a list that is not there`() throws {
        #expect(try editor.countItems(at: path("containers"), in: list("a", "b")) == 2)
        #expect(try editor.countItems(at: path("containers"), in: []) == 0)
        #expect(try editor.countItems(at: path("containers[0].id"), in: list("a")) == nil)
    }
}

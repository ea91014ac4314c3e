import CRICatalog
import Testing

@Suite struct SpellingTests {
    @Test(
        "The name that was meant is found",
        arguments: [
            ("exit-code", "exitCode"), ("exit_code", "exitCode"), ("ExitCode", "exitCode"), ("exitcdoe", "exitCode"),
            ("stdot", "stdout"), ("stdeer", "stderr"), ("", nil), ("network", nil), ("zzzzzzzz", nil),
        ] as [(String, String?)]
    )
    func nearest(name: String, expected: String?) {
        #expect(Spelling.nearest(to: name, among: ["stdout", "stderr", "exitCode"]) == expected)
    }

    @Test func `A name is never suggested for itself, and nothing for nothing`() {
        #expect(Spelling.nearest(to: "id", among: ["id"]) == nil)
        #expect(Spelling.nearest(to: "id", among: []) == nil)
        #expect(Spelling.suggestion(for: "x1", among: ["abc"]) == "")
        #expect(Spelling.suggestion(for: "stdot", among: ["stdout"]) == " (did you mean stdout?)")
    }

    @Test func `Every field name with one letter wrong is found again`() throws {
        for message in Catalog.cri.messages {
            for field in message.fields where field.jsonName.count >= 6 {
                var letters = Array(field.jsonName)
                letters[letters.count / 2] = letters[letters.count / 2] == "q" ? "j" : "q"
                #expect(Spelling.nearest(to: String(letters), among: [field.jsonName]) == field.jsonName)
            }
        }
    }

    @Test func `Very long names cost no more than long ones`() {
        let name = String(repeating: "a", count: 1 << 20)
        #expect(Spelling.nearest(to: name, among: ["stdout", name + "b"]) == name + "b")
    }
}

import Testing

@testable import ProxyInstall

/// What systemd.syntax(7) and systemd.service(5) say.
struct SystemdTests {
    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), (#"a "b c" 'd "e'"#, ["a", "b c", "d \"e"]), (#"a\ b "c\"d""#, ["a b", "c\"d"]),
        ("", []), (#""""#, [""]),
    ])
    func `Words are split as systemd splits them`(text: String, words: [String]) {
        #expect(SystemdWords.split(text) == words)
    }

    @Test(arguments: ["'a", "\"a", "a\\"])
    func `What is not closed is no text of words`(text: String) { #expect(SystemdWords.split(text) == nil) }

    @Test(arguments: ["plain", "two words", "q\"uote", "back\\slash", ""])
    func `What is quoted is one word again`(word: String) {
        #expect(SystemdWords.split(SystemdWords.quoted(word)) == [word])
    }

    @Test func `Specifiers and variables are not expanded`() {
        #expect(SystemdWords.quoted("100%") == "100%%")
        #expect(SystemdWords.quoted("$HOME") == "$$HOME")
    }

    @Test func `Lines go on after a backslash, with comments between, and have the number of the first`() {
        let unit = UnitFile(path: "u", text: "[Service]\n# no\nExecStart=a \\\n; no\n  b\nKey = v \n[Other]\nA=1\n")
        #expect(unit.entries.map(\.section) == ["Service", "Service", "Other"])
        #expect(unit.entries.map(\.key) == ["ExecStart", "Key", "A"])
        #expect(unit.entries[0].value.split(separator: " ") == ["a", "b"])
        #expect(unit.entries.map(\.line) == [3, 6, 8])
    }

    @Test func `Lines may end as on Windows`() {
        let unit = UnitFile(path: "u", text: "[Service]\r\n# no\r\nExecStart=a \\\r\n b\r\nKey=v\r\n")
        #expect(unit.entries.map(\.key) == ["ExecStart", "Key"])
        #expect(unit.entries.map(\.value) == ["a   b", "v"])
        #expect(unit.entries.map(\.line) == [3, 5])
        let all = SystemdWords.environmentFile("# c\r\nA=\"x y\"\r\nB=z\r\n")
        #expect(all.map(\.name) == ["A", "B"])
        #expect(all.map(\.value) == ["x y", "z"])
    }

    @Test func `Environment files have quotes, comments and spaces`() {
        let all = SystemdWords.environmentFile("# c\nA=\"x y\"\n\nB= z 1 \nnonsense\nC='q'\n")
        #expect(all.map(\.name) == ["A", "B", "C"])
        #expect(all.map(\.value) == ["x y", "z 1", "q"])
        #expect(all.map(\.line) == [2, 4, 6])
    }
}

import FaultModel
import SeededRandom
import Testing

struct GlobTests {
    @Test(arguments: [
        ("*PodSandbox", "RunPodSandbox", true), ("*PodSandbox", "PodSandboxStatus", false),
        ("List*", "ListImages", true),
        ("*", "", true), ("", "", true), ("", "x", false), ("a*b*c", "a--b--b--c", true), ("a*b*c", "acb", false),
        ("**", "anything", true), ("exact", "exact", true), ("exact", "exactly", false), ("*ä", "größä", true),
    ])
    func `A star stands for any run of characters and the rest for itself`(glob: String, text: String, fits: Bool) {
        #expect(Glob(glob).matches(text) == fits)
    }

    @Test func `It agrees with the plain definition on random patterns`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let glob = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                Character(["a", "b", "*"][Int.random(in: 0..<3, using: &generator)])
            }
            let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                Character(["a", "b"][Int.random(in: 0..<2, using: &generator)])
            }
            #expect(Glob(String(glob)).matches(String(text)) == Self.reference(glob[...], text[...]))
        }
    }

    @Test func `A hostile pattern costs no more than text times pattern`() {
        let glob = Glob(String(repeating: "a*", count: 500) + "b")
        #expect(!glob.matches(String(repeating: "a", count: 20_000)))
        #expect(!Glob(String(repeating: "*", count: 2000)).matches("a"))
    }

    private static func reference(_ glob: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = glob.first else { return text.isEmpty }
        if first == "*" {
            return reference(glob.dropFirst(), text) || (!text.isEmpty && reference(glob, text.dropFirst()))
        }
        return first == text.first && reference(glob.dropFirst(), text.dropFirst())
    }
}

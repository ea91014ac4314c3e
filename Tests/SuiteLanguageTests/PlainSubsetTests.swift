import SuiteLanguage
import Testing

/// Anchors, aliases and tags are refused wherever they stand, and what only looks like them is text.
@Suite struct PlainSubsetTests {
    private func mistakes(_ text: String) -> [String] {
        SuiteReader().read(text: text, file: "t.yaml").diagnostics.map(\.message)
    }

    /// Each of these once stood where nobody looked.
    @Test(
        "A node that is meant again is refused",
        arguments: [
            "suite: t\ntitle: &a x\ncases: *a\n",
            "suite: t\ntitle: x\ncases:\n- title: |\n    text\n  level: &a must\n  why: *a\n",
            "suite: t\ntitle: x\ncases:\n- - title: >-\n      text\n    level: &a must\n",
            "suite: t\ntitle: x\ncases:\n- |\n text\n- &a x\n",
            "{\"suite\":&x t,\"title\":*x}", "{\"a\":\"b\",\"c\":[1,&x 2]}", "{'a':&x 1}", "[[1],&x 2]",
            "{\"a\":!!str x}", "suite: !t x\n",
        ]
    )
    func refused(text: String) {
        #expect(mistakes(text).contains { $0.contains("not part of the suite language") }, "\(mistakes(text))")
    }

    @Test(
        "Text that looks like one is text",
        arguments: [
            "{\"message\":\"pull failed, !retry later\",\"a\":\"x, &y, *z\"}", "a: 'x, !y'\n", "a: b !c &d *e\n",
            "- title: |\n    &a *b !c\n  level: x\n", "- |\n &a\n", "{a: b:!c, d: \"e\"}",
            "{\"a\":\"b\",\"c\":{\"d\":\"!e\"}}",
            "{\"a\":[\"&b\",\"*c\"]}",
        ]
    )
    func text(text: String) {
        #expect(!mistakes(text).contains { $0.contains("not part of the suite language") }, "\(mistakes(text))")
    }

    /// 9 to the power of 12 nodes, were they ever made.
    @Test func `A few lines cannot stand for more nodes than there is memory`() {
        let levels = (1...12).map { level in
            "  l\(level): &l\(level) [\(Array(repeating: "*l\(level - 1)", count: 9).joined(separator: ", "))]"
        }
        let text = "- t: |\n    x\n  l0: &l0 [x]\n" + levels.joined(separator: "\n") + "\n"
        #expect(mistakes(text).contains { $0.contains("not part of the suite language") })
    }

    @Test func `Two spellings of one key are one key`() {
        #expect(mistakes("suite: t\n\"suite\": u\n").contains { $0.contains("stands twice") })
        #expect(mistakes("labels: {5: a, \"5\": b}\n").contains { $0.contains("stands twice") })
    }
}

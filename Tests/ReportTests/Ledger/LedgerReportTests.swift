import FaultProxy
import Foundation
import Report
import Testing

/// The page of a ledger.
struct LedgerReportTests {
    private static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Samples"
    )

    private static func summary(_ bytes: some Collection<UInt8>, pieces: Int = 1 << 20) -> LedgerSummary {
        var summary = LedgerSummary()
        var reader = LedgerReader()
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.read(rest.prefix(pieces)) { summary.add($1, file: "ledger", number: $0) }
            rest = rest.dropFirst(pieces)
        }
        reader.finish { summary.add($1, file: "ledger", number: $0) }
        return summary
    }

    private static func page(_ text: String) throws -> String {
        try LedgerHTMLReport().render(summary(Array(text.utf8)), files: ["ledger"])
    }

    private static func line(
        path: String = "/runtime.v1.RuntimeService/Version",
        time: Double = 1_764_000_000_000,
        rest: String = ""
    ) -> String {
        """
        {"t":\(time),"connection":1,"stream":1,"path":"\(path)","us":900,"executed":"yes","answer":0\(rest)}

        """
    }

    @Test func `Connections of sessions are counted, and those that broke`() throws {
        let rest = #","decisions":[{"rule":"s","key":"Exec c","n":1,"fault":"bytes"}]"#
        func session(_ struck: Bool) -> String {
            #"{"t":1764000000001,"session":{"rule":"s","key":"Exec c","n":1,"struck":\#(struck),"request":1,"response":2}}"#
                + "\n"
        }
        let page = try Self.page(Self.line(rest: rest) + session(true) + session(false))
        #expect(page.contains("Of 2 connections to exec, attach or port-forward sessions 1 was broken."))
        let broken = try Self.page(Self.line() + #"{"t":1,"session":{"rule":"s"}}"# + "\n")
        #expect(broken.contains("&#39;key&#39; is missing") || broken.contains("'key' is missing"))
    }

    @Test func `Connections that a rule had are told beside the calls`() throws {
        let line =
            #"{"t":1764000000001,"connection":4,"decisions":[{"rule":"away","key":"connection ","n":1,"fault":"refuse"}]}"#
        let page = try Self.page(Self.line() + line + "\n")
        #expect(page.contains("of 1 call interfered with, and with 1 connection"))
        #expect(page.contains("away 1"))
    }

    @Test func `Messages that no client was sent are told`() throws {
        let page = try Self.page(Self.line(rest: #","dropped":3"#) + Self.line(rest: #","dropped":4"#))
        #expect(page.contains("7 messages of a stream that a fault had hold of were dropped"))
        let broken = try Self.page(Self.line() + Self.line(rest: #","dropped":-1"#))
        #expect(broken.contains("1 line could not be read"))
    }

    /// `CRISOL_WRITE_GOLDEN=1` writes what is expected anew; look at the difference before you commit it.
    @Test func `A ledger becomes the page it became before`() throws {
        let ledger = try Data(contentsOf: Self.samples.appendingPathComponent("pod-start.jsonl"))
        let page = try LedgerHTMLReport().render(Self.summary(ledger), files: ["pod-start.jsonl"])
        let golden = Self.samples.appendingPathComponent("pod-start.html")
        if ProcessInfo.processInfo.environment["CRISOL_WRITE_GOLDEN"] != nil {
            try Data(page.utf8).write(to: golden)
        }
        let expected = try String(contentsOf: golden, encoding: .utf8)
        #expect(page == expected, "run with CRISOL_WRITE_GOLDEN=1 and look at the difference")
    }

    @Test func `The words come first and say what happened`() throws {
        let ledger = try String(contentsOf: Self.samples.appendingPathComponent("pod-start.jsonl"), encoding: .utf8)
        let page = try Self.page(ledger)
        let text = page.replacing(/<[^>]*>/, with: "")
        #expect(text.contains("12 of 148 calls interfered with"))
        #expect(text.contains("create-unavailable 6, lost-run 4, hang-stop 1, pull-reset 1. 3 calls more would have"))
        #expect(text.contains("6 never reached the runtime whole: not executed."))
        #expect(text.contains("3 were executed and the client was told something else, or nothing."))
        #expect(text.contains("1 reached the runtime, and how it ended there was not seen in time."))
        #expect(text.contains("1 of them without OK."))
        #expect(text.contains("the last line is cut off and left out"))
        // Bytes become letters again.
        #expect(text.contains("registry.example/café:1"))
    }

    @Test func `However the file is cut into pieces, the page is the same`() throws {
        let ledger = try Data(contentsOf: Self.samples.appendingPathComponent("pod-start.jsonl"))
        let whole = try LedgerHTMLReport().render(Self.summary(ledger), files: [])
        for size in [1, 7, 64, 4096] {
            #expect(try LedgerHTMLReport().render(Self.summary(ledger, pieces: size), files: []) == whole)
        }
    }

    @Test func `What comes from outside is never markup, and nothing is loaded`() throws {
        let hostile = #"<script>alert(1)</script>' \"x\" {{word}} \u0000\u001b[31m"#
        let decision = #","decisions":[{"rule":"\#(hostile)","key":"\#(hostile)","n":1,"fault":"\#(hostile)"}]"#
        let page = try Self.page(Self.line(path: "/s/\(hostile)", rest: decision + #","note":"\#(hostile)""#))
        #expect(!page.contains("<script"))
        #expect(page.contains("&lt;script&gt;alert(1)"))
        #expect(!page.contains("\u{1b}") && !page.contains("\u{0}"))
        #expect(page.firstMatch(of: /(src|href)="[^#]/) == nil)
    }

    @Test(
        "A line that cannot be read is named with its number and why, and the others are kept",
        arguments: [
            (#"{"t":1,"connection":1}"#, "'path'"), ("[]", "no JSON object"), ("{\"t\":", "column 6"),
            (line(time: 1e300).trimmed, "'t'"), (line().trimmed.replacing("900", with: "-1"), "'us'"),
            (line().trimmed.replacing("\"yes\"", with: "\"perhaps\""), "'executed'"),
            (line().trimmed.replacing("\"answer\":0", with: "\"answer\":\"reset-x\""), "'answer'"),
            (line(rest: ",\"decisions\":{}").trimmed, "'decisions'"),
            (line(rest: ",\"decisions\":[{\"rule\":1}]").trimmed, "'rule'"),
            (line(path: String(repeating: "x", count: LedgerReader.lineLimit)).trimmed, "longer than"),
            (String(repeating: "[", count: 100_000), "levels deep"),
        ]
    )
    func broken(line: String, words: String) throws {
        let summary = Self.summary(Array((Self.line() + line + "\n" + Self.line()).utf8))
        #expect(summary.brokenLines == 1)
        let problem = try #require(summary.problems.first)
        #expect(problem.hasPrefix("ledger:2: ") && problem.contains(words), "\(problem)")
        let page = try LedgerHTMLReport().render(summary, files: [])
        #expect(page.contains("no rule interfered with 2 calls"))
        #expect(page.contains("1 line could not be read and is left out"))
    }

    @Test func `More methods, rules and calls than a page shows are counted`() throws {
        var text = ""
        for number in 0..<(LedgerSummary.callLimit + 500) {
            let decision = #","decisions":[{"rule":"r\#(number)","key":"k","n":1,"fault":"delay"}]"#
            text += Self.line(path: "/s/M\(number)", time: 1_764_000_000_000 + Double(number * number), rest: decision)
        }
        let page = try Self.page(text)
        #expect(page.contains("The first 2000 of 2500 calls"))
        #expect(page.contains("(others)"))
        #expect(page.contains("more touched methods are in the table only"))
        #expect(page.utf8.count < 2 << 20)
    }

    @Test func `A ledger without calls is never good`() throws {
        for text in ["", #"{"ledger":"crisol.ledger/1","seed":"1"}"# + "\n"] {
            let page = try Self.page(text)
            #expect(page.contains(#"<span class="verdict error">Nothing</span> was recorded"#))
            #expect(!page.contains("<svg"))
        }
    }

    @Test func `A clock that was set far back leaves a page of bounded size`() throws {
        let page = try Self.page(Self.line(time: 1e15) + Self.line(time: 0) + Self.line(time: 1_764_000_000_000))
        #expect(page.contains("no rule interfered with 3 calls"))
        #expect(page.utf8.count < 20_000)
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .newlines) }
}

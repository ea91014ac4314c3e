import SuiteLanguage
import Testing

@Suite struct ProfileTests {
    private static let good = """
        profile: x
        differences:
        - {case: t.one, reason: because, owner: me, expires: "2027-06-30", reference: a/b#1}
        """

    @Test func `A profile is read, and covers the rows of a matrix`() throws {
        let (profile, diagnostics) = ProfileReader.read(text: Self.good, file: "p.yaml")
        #expect(diagnostics == [])
        let difference = try #require(profile?.differences.first)
        let text = """
            suite: t
            title: T
            cases:
            - {id: t.one, title: T, level: must, source: s, for: {a: [x, z], b: [y]}, steps: [{call: Version, with: {version: "${a}${b}"}}]}
            - {id: t.one.more, title: T, level: must, source: s, steps: [{call: Version}]}
            - {id: t.one-more, title: T, level: must, source: s, steps: [{call: Version}]}
            """
        let (suite, mistakes) = SuiteReader().read(text: text, file: "t.yaml")
        #expect(mistakes == [])
        let cases = try #require(suite).cases
        #expect(cases.filter(difference.covers).map(\.id) == ["t.one.x.y", "t.one.z.y"])
        let rows = Self.good.replacing("t.one", with: "t.one.x")
        let part = try #require(ProfileReader.read(text: rows, file: "p.yaml").profile?.differences.first)
        #expect(cases.filter(part.covers).map(\.id) == ["t.one.x.y"])
        let single = Self.good.replacing("t.one", with: "t.one.more")
        let other = try #require(ProfileReader.read(text: single, file: "p.yaml").profile?.differences.first)
        #expect(cases.filter(other.covers).map(\.id) == ["t.one.more"])
    }

    @Test(
        "An entry that is not filled in is refused",
        arguments: [
            ("reason: because", "reason: \"\"", "still to be filled in"), ("owner: me, ", "", "needs 'owner'"),
            ("2027-06-30", "soon", "a day"), ("reference: a/b#1", "leaks: true", "leaks: accepted"),
            ("case: t.one", "csae: t.one", "case"),
            ("differences", "difference", "differences"),
        ]
    )
    func unfilled(written: String, instead: String, words: String) {
        let text = Self.good.replacing(written, with: instead)
        let (profile, diagnostics) = ProfileReader.read(text: text, file: "p.yaml")
        #expect(profile == nil)
        #expect(diagnostics.contains { $0.message.contains(words) }, "\(diagnostics)")
    }

    @Test func `An id no case has is found, with a suggestion`() throws {
        let profile = try #require(ProfileReader.read(text: Self.good, file: "p.yaml").profile)
        let cases = SuiteReader().read(
            text: suiteText(steps: "- call: Version\n  expect: {runtimeName: x}").replacing("t.one", with: "t.ones"),
            file: "t.yaml"
        ).suite?.cases
        let found = profile.mistakes(beside: try #require(cases))
        #expect(found.map(\.message) == ["no case is called 't.one' (did you mean t.ones?)"])
        #expect(found.first?.position.description == "p.yaml:3:10")
    }

    @Test func `An entry about a suite that is not there is no mistake, and is counted`() throws {
        let text = Self.good + "\n- {case: other.one, reason: because, owner: me, expires: \"2027-06-30\"}\n"
        let profile = try #require(ProfileReader.read(text: text, file: "p.yaml").profile)
        let cases = try #require(
            SuiteReader().read(
                text: suiteText(steps: "- call: Version\n  expect: {runtimeName: x}"),
                file: "t.yaml"
            ).suite?.cases
        )
        #expect(profile.mistakes(beside: cases) == [])
        #expect(profile.foreign(beside: cases).map(\.caseID) == ["other.one"])
        #expect(
            profile.note(beside: cases) == "1 entry of the profile is about a case that is not among these suites"
        )
        let own = try #require(ProfileReader.read(text: Self.good, file: "p.yaml").profile)
        #expect(own.note(beside: cases) == nil)
    }

    @Test func `The shipped profiles are sound`() {
        let set = SuiteSet.load(paths: ["suites"])
        #expect(set.rendered() == [])
        #expect(set.profiles.flatMap { $0.foreign(beside: set.cases) } == [])
    }
}

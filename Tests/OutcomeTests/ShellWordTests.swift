import Outcome
import Testing

struct ShellWordTests {
    @Test(
        "A word is quoted where a shell would see more in it than a word",
        arguments: [
            ("exec.*", "'exec.*'"), ("--case", "--case"), ("", "''"), ("it's", #"'it'\''s'"#), ("a b", "'a b'"),
            ("unix:///run/x.sock", "unix:///run/x.sock"), ("$HOME", "'$HOME'"), ("containerd@1.7", "containerd@1.7"),
        ]
    )
    func quoted(word: String, expected: String) { #expect(ShellWord.quoted(word) == expected) }
}

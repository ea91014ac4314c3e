import CRICatalog
import Testing

@Suite struct KubernetesMinorTests {
    @Test(
        "A minor is two numbers with a dot, and perhaps a v",
        arguments: [
            ("1.31", 1, 31), ("v1.9", 1, 9), ("1.0", 1, 0), ("2.100", 2, 100),
        ]
    )
    func reads(text: String, major: Int, minor: Int) {
        #expect(KubernetesMinor(text) == KubernetesMinor(major: major, minor: minor))
    }

    @Test(
        "Anything else is no minor",
        arguments: [
            "", "1", "1.", ".1", "1.31.0", "v", "vv1.2", "1.3x", "-1.3", "1.-3", "+1.3", "1,3", " 1.3", "1.٣",
            "1.12345",
        ]
    )
    func refuses(text: String) { #expect(KubernetesMinor(text) == nil) }

    @Test func `Minors compare as numbers and print as they are written`() {
        let minors = ["1.31", "1.9", "2.0", "1.23"].compactMap { KubernetesMinor($0) }
        #expect(minors.sorted().map(\.description) == ["1.9", "1.23", "1.31", "2.0"])
    }
}

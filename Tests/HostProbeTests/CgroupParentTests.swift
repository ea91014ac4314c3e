import Testing

@testable import HostProbe

struct CgroupParentTests {
    @Test(
        "A slice lies in those that its name begins with; a path is one already",
        arguments: [
            ("crisol_x-podaa_bb.slice", "/crisol_x.slice/crisol_x-podaa_bb.slice"),
            ("a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice"), ("system.slice", "/system.slice"),
            ("/crisol-x/poda", "/crisol-x/poda"), ("crisol-x/poda", "/crisol-x/poda"),
            ("/a.slice/a-b.slice", "/a.slice/a-b.slice"), ("plain", "/plain"),
        ]
    )
    func path(parent: String, path: String) { #expect(CgroupParent.path(of: parent) == path) }
}

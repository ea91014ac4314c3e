import Testing

@testable import Runner

@Suite struct HostSightingsTests {
    @Test func `What one handler's containers are says nothing about another's`() {
        let sightings = HostSightings()
        #expect(!sightings.areHostProcesses(""))
        sightings.note("runc")
        #expect(sightings.areHostProcesses("runc"))
        #expect(!sightings.areHostProcesses("runsc"))
        #expect(!sightings.areHostProcesses(""))
    }
}

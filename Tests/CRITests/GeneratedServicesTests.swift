import CRI
import CRICatalog
import GRPCCore
import Testing

/// The generated stubs serve the catalogue's RPCs.
@Suite struct GeneratedServicesTests {
    private static let generated: [(RPC.Service, ServiceDescriptor, [MethodDescriptor])] = [
        (.runtime, Runtime_V1_RuntimeService.descriptor, Runtime_V1_RuntimeService.Method.descriptors),
        (.image, Runtime_V1_ImageService.descriptor, Runtime_V1_ImageService.Method.descriptors),
    ]

    @Test("A service has the catalogue's methods and no others", arguments: RPC.Service.allCases)
    func methods(service: RPC.Service) throws {
        let (_, descriptor, methods) = try #require(Self.generated.first { $0.0 == service })
        #expect(descriptor.fullyQualifiedService == service.qualifiedName)
        let expected = Catalog.cri.rpcs.filter { $0.service == service }
        #expect(methods.map { "/\($0.fullyQualifiedMethod)" }.sorted() == expected.map(\.path).sorted())
    }

    @Test func `All 43 methods are there`() {
        #expect(Self.generated.map(\.2.count).reduce(0, +) == 43)
    }
}

// swift-tools-version: 6.3
// crisol: a CRI conformance and fault-injection harness. Read top to bottom: what it is built from,
// one policy for every target, then the targets, each importing only targets above it.
import PackageDescription

let dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
]

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let grpc: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")

let targets: [Target] = [
    // C libraries of the system, as Debian packages them.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    // The CRI as data: services, RPCs, messages, fields, enums; wire-level reading and editing.
    .target(
        name: "CRICatalog",
        resources: [
            .embedInCode("Data/rpcs.tsv"), .embedInCode("Data/fields.tsv"), .embedInCode("Data/enums.tsv"),
        ],
        swiftSettings: settings
    ),
    // Generated messages and stubs, alone: `dev/generate-cri.sh` writes them.
    .target(
        name: "CRI",
        dependencies: [grpc, .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"), protobuf],
        exclude: ["Proto"],
        swiftSettings: [.swiftLanguageMode(.v6)]
    ),
    // Verdicts and the results model.
    .target(name: "Outcome", swiftSettings: settings),
    // What can go wrong on the link to a runtime, when, and to which calls: data and decisions, no I/O.
    .target(name: "FaultModel", dependencies: ["CRICatalog"], swiftSettings: settings),
    // How crisol and the program inside its containers speak.
    .target(name: "AgentProtocol", swiftSettings: settings),
    // The client: our own transport over a unix socket, calls by name and typed, recorded.
    .target(
        name: "CRIClient",
        dependencies: [
            "CRICatalog", "CRI", grpc, nio, nioPosix, protobuf,
            .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            .product(name: "NIOHPACK", package: "swift-nio-http2"),
        ],
        swiftSettings: settings
    ),
    // The client's side of exec, attach and port-forward: SPDY/3.1 and WebSocket.
    .target(
        name: "Streaming",
        dependencies: ["CZlib", "CRICatalog", nio, nioPosix, nioSSL],
        swiftSettings: settings
    ),
    // OCI images built in memory and the registry that serves them, over TLS too.
    .target(
        name: "TestImages",
        dependencies: [
            "CZlib", "CZstd", nio, nioPosix, nioHTTP1,
            nioSSL,
            .product(name: "X509", package: "swift-certificates"),
            .product(name: "SwiftASN1", package: "swift-asn1"),
            .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: settings
    ),
    // Namespaces, spawning, signals and tracing: what must not have Swift's runtime between two system calls.
    .target(name: "CNamespaces"),
    // What is true on the node, seen from outside the containers.
    .target(name: "HostProbe", dependencies: ["CRICatalog", "CNamespaces", "CSeccomp"], swiftSettings: settings),
    // A private runtime: started, stopped, and removed without a trace.
    .target(name: "ManagedRuntime", dependencies: ["CNamespaces"], swiftSettings: settings),
    // YAML to the checked model of cases.
    .target(
        name: "SuiteLanguage",
        dependencies: [
            "CRICatalog", "Outcome", "FaultModel", "AgentProtocol", "TestImages", "HostProbe", "Yams",
            .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: settings
    ),
    // The relay between a CRI client and a runtime, and what it does to the calls a rule hits.
    .target(
        name: "FaultProxy",
        dependencies: ["CRICatalog", "FaultModel", "Streaming", nio, nioPosix, nioHTTP1],
        swiftSettings: settings
    ),
    // Schedules cases, runs steps, proves clean-up, judges.
    .target(
        name: "Runner",
        dependencies: [
            "CRICatalog", "Outcome", "FaultModel", "AgentProtocol", "CRIClient", "Streaming", "TestImages", "HostProbe",
            "ManagedRuntime", "SuiteLanguage", "FaultProxy", .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: settings
    ),
    // kubelet's calls at kubelet's pace.
    .target(
        name: "KubeletLoad",
        dependencies: ["CRICatalog", "CRIClient", histogram],
        swiftSettings: settings
    ),
    // The proxy's place in a node's configuration: found, changed, taken back.
    .target(name: "ProxyInstall", dependencies: ["Yams"], swiftSettings: settings),
    // HTML, JUnit and Markdown from one results model; a ledger's timeline.
    .target(
        name: "Report",
        dependencies: [
            "CRICatalog", "Outcome", "FaultModel", "FaultProxy", histogram,
            .product(name: "Mustache", package: "swift-mustache"),
        ],
        resources: [
            .embedInCode("Templates/style.mustache"), .embedInCode("Templates/report.mustache"),
            .embedInCode("Templates/ledger.mustache"),
        ],
        swiftSettings: settings
    ),
    // Files that are part of the program: suites, profiles, schemas, the agent (`dev/embed.sh` lists them).
    .target(name: "CEmbedded"),
    // The command line.
    .executableTarget(
        name: "crisol",
        dependencies: [
            "AgentProtocol", "CEmbedded", "CNamespaces", "CRI", "CRICatalog", "CRIClient", "FaultModel", "FaultProxy",
            "HostProbe", "KubeletLoad", "ManagedRuntime", "Outcome", "ProxyInstall", "Report", "Runner", "Streaming",
            "SuiteLanguage", "TestImages", "Yams", nio, nioPosix, protobuf,
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: settings
    ),
    // Prints `runtime.proto` as the catalogue has it.
    .executableTarget(name: "catalog-proto", dependencies: ["CRICatalog"], swiftSettings: settings),
]

// Randomness that is the same on every machine, for all tests that want some.
let seededRandom: Target = .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: settings)

// A runtime that answers as a test has it, for all that speak to one.
let fakeCRI: Target = .target(
    name: "FakeCRI",
    dependencies: ["CRIClient", nio, nioPosix, .product(name: "NIOHPACK", package: "swift-nio-http2")],
    path: "Tests/FakeCRI",
    swiftSettings: settings
)

// Tests stand beside what they test; `IntegrationTests` starts a real containerd.
let tests: [Target] = [
    .testTarget(
        name: "CRICatalogTests",
        dependencies: ["CRICatalog", "CRI", "SeededRandom", protobuf],
        swiftSettings: settings
    ),
    .testTarget(name: "CRITests", dependencies: ["CRI", "CRICatalog", grpc], swiftSettings: settings),
    .testTarget(name: "OutcomeTests", dependencies: ["Outcome"], swiftSettings: settings),
    .testTarget(
        name: "FaultModelTests",
        dependencies: ["FaultModel", "CRICatalog", "SeededRandom"],
        swiftSettings: settings
    ),
    .testTarget(
        name: "CRIClientTests",
        dependencies: [
            "CRIClient", "CRICatalog", "CRI", "FakeCRI", grpc, nio, nioPosix, protobuf,
            .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            .product(name: "NIOHPACK", package: "swift-nio-http2"),
        ],
        swiftSettings: settings
    ),
    .testTarget(
        name: "StreamingTests",
        dependencies: ["Streaming", "CZlib", nio, nioPosix, nioSSL],
        swiftSettings: settings
    ),
    .testTarget(
        name: "AgentProtocolTests",
        dependencies: ["AgentProtocol", .product(name: "Crypto", package: "swift-crypto")],
        swiftSettings: settings
    ),
    .testTarget(
        name: "TestImagesTests",
        dependencies: [
            "TestImages", "CZstd", nio, nioPosix, nioHTTP1, .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: settings
    ),
    .testTarget(
        name: "HostProbeTests",
        dependencies: ["HostProbe", "CRICatalog", "SeededRandom"],
        swiftSettings: settings
    ),
    .testTarget(name: "ManagedRuntimeTests", dependencies: ["ManagedRuntime"], swiftSettings: settings),
    .testTarget(
        name: "SuiteLanguageTests",
        dependencies: ["SuiteLanguage", "FaultModel", "CRICatalog", "SeededRandom"],
        swiftSettings: settings
    ),
    .testTarget(
        name: "RunnerTests",
        dependencies: ["Runner", "SuiteLanguage", "Outcome", "CRICatalog", "CRIClient"],
        swiftSettings: settings
    ),
    .testTarget(
        name: "FaultProxyTests",
        dependencies: [
            "FaultProxy", "FaultModel", "CRICatalog", "CRIClient", "FakeCRI", "SeededRandom", nio, nioPosix, nioHTTP1,
            .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "NIOHPACK", package: "swift-nio-http2"),
        ],
        swiftSettings: settings
    ),
    .testTarget(name: "ProxyInstallTests", dependencies: ["ProxyInstall"], swiftSettings: settings),
    .testTarget(
        name: "KubeletLoadTests",
        dependencies: ["KubeletLoad", "CRICatalog", "CRIClient"],
        swiftSettings: settings
    ),
    .testTarget(
        name: "IntegrationTests",
        dependencies: ["crisol", "CNamespaces", "CRICatalog", "CRIClient", "Outcome", "FakeCRI"],
        exclude: ["Suites"],
        swiftSettings: settings
    ),
    .testTarget(
        name: "ReportTests",
        dependencies: ["Report", "Outcome", "FaultProxy", "SuiteLanguage"],
        exclude: ["Ledger/Samples"],
        swiftSettings: settings
    ),
]

// What the benchmarks build on, which are a package of their own.
let products: [Product] = [
    .executable(name: "crisol", targets: ["crisol"]),
    .library(name: "CRICatalog", targets: ["CRICatalog"]),
    .library(name: "CRIClient", targets: ["CRIClient"]),
    .library(name: "Streaming", targets: ["Streaming"]),
    .library(name: "FaultProxy", targets: ["FaultProxy"]),
]

let package = Package(
    name: "crisol",
    products: products,
    dependencies: dependencies,
    targets: targets + [fakeCRI, seededRandom] + tests
)

// swift-tools-version: 6.3
// Fuzz targets (libFuzzer). A package of their own, because everything they drive is compiled with coverage counters;
// the links in Sources/ let them share the sources. `dev/fuzz.sh` builds and runs them.
import PackageDescription

// The address sanitizer takes half of the time and more: every allocation goes through it, and its own branches are counted
// like the program's. All it can find here is what zlib does, or the few lines that hand memory to zlib: the rest is Swift,
// whose checks (bounds, overflow, exclusivity) stay in a release build. So the long runs go without it.
let sanitizers = Context.environment["CRISOL_FUZZ_SANITIZER"] == "none" ? "fuzzer" : "fuzzer,address"

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // @testable in a release build, and counters in what is fuzzed. Of two -sanitize options the second alone would count.
    .unsafeFlags(["-enable-testing", "-sanitize=\(sanitizers)"]),
]
// gold, the default, cannot read what the address sanitizer leaves.
let linking: [LinkerSetting] = [.unsafeFlags(["-sanitize=\(sanitizers)", "-use-ld=lld"])]
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")

/// One fuzz target: reads an input, traps when something is wrong.
func fuzz(_ name: String, of subjects: [Target.Dependency] = ["Streaming"]) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["CFuzzer", "FuzzSupport", nio] + subjects,
        swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])],
        linkerSettings: linking
    )
}

let package = Package(
    name: "crisol-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CFuzzer"),
        .target(
            name: "CRICatalog",
            resources: [
                .embedInCode("Data/rpcs.tsv"), .embedInCode("Data/fields.tsv"), .embedInCode("Data/enums.tsv"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Streaming",
            dependencies: [
                "CZlib", "CRICatalog", nio, .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
        .target(name: "FaultModel", dependencies: ["CRICatalog"], swiftSettings: settings),
        .target(
            name: "FaultProxy",
            dependencies: [
                "CRICatalog", "FaultModel", "Streaming", nio, .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(name: "FuzzSupport", dependencies: [nio], swiftSettings: settings),
        fuzz("FuzzSPDY"), fuzz("FuzzWebSocket"), fuzz("FuzzRemoteCommand"),
        fuzz("FuzzRelay", of: ["CRICatalog", "FaultModel", "FaultProxy"]),
    ]
)

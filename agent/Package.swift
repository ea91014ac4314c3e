// swift-tools-version: 6.3
// The program inside every test container: Embedded Swift over a small C shim, linked statically, so that it runs in
// an image that holds nothing else. `dev/build-agent.sh` builds it and passes the path of the embedded libraries.
import PackageDescription

let package = Package(
    name: "agent",
    targets: [
        .target(name: "CAgent"),
        .executableTarget(
            name: "agent",
            dependencies: ["CAgent"],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableExperimentalFeature("Embedded"),
                .unsafeFlags(["-wmo", "-Osize", "-parse-as-library"]),
            ],
            linkerSettings: [
                .unsafeFlags(["-Xclang-linker", "-static", "-Xlinker", "--gc-sections"]),
                .linkedLibrary("swiftUnicodeDataTables"), .linkedLibrary("m"),
            ]
        ),
    ]
)

// swift-tools-version: 6.3
// Measurements of crisol against what it could be at best: a package of its own, so that nobody builds it who only
// wants crisol.
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [
        .package(name: "crisol", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .executableTarget(
            name: "crisol-bench",
            dependencies: [
                .product(name: "CRICatalog", package: "crisol"),
                .product(name: "CRIClient", package: "crisol"),
                .product(name: "FaultProxy", package: "crisol"),
                .product(name: "Streaming", package: "crisol"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error),
            ]
        )
    ]
)

import ArgumentParser
import ManagedRuntime

/// `--managed`: which private runtime to start.
struct ManagedOption: ExpressibleByArgument, CustomStringConvertible {
    /// Where its programs come from.
    let source: RuntimeBinaries.Source
    let description: String

    init?(argument: String) {
        description = argument
        switch argument {
        case "containerd": source = .machine
        case _ where argument.hasPrefix("containerd=") && argument.count > 11:
            source = .tree(String(argument.dropFirst(11)))
        case _ where argument.hasPrefix("containerd@"):
            let version = String(argument.dropFirst(11))
            guard version.wholeMatch(of: /\d+(\.\d+){0,2}/) != nil else { return nil }
            source = .debian(version: version)
        default: return nil
        }
    }
}

import ArgumentParser
import Foundation
import Outcome
import SuiteLanguage
import TestImages

/// What the files that the command line of a run names hold. They are read before anything is started, so that
/// nothing is set up for a run that cannot be.
struct RunFiles {
    /// The differences of `--profile`.
    let known: [KnownDifference]
    /// The reference of the test image, from `--image-map`; nil for crisol's own.
    let agentImage: String?
    /// What the registry proves itself with, from `--registry-certificate` and `--registry-key`; nil without TLS.
    let identity: ServerIdentity?

    /// Reads them for a run that could choose among these cases.
    ///
    /// - Throws: `ValidationError` that says which file is wrong and how, or exit code 2 after printing that.
    init(of command: RunCommand, cases: [Case]) throws {
        known = try command.knownDifferences(cases)
        agentImage = try command.imageMap.map { try ImageMap.agent(inFile: $0) }
        guard let certificate = command.registryCertificate, let key = command.registryKey else {
            identity = nil
            return
        }
        let found = ServerIdentity(certificatePEM: try Self.text(certificate), privateKeyPEM: try Self.text(key))
        do { try found.check() } catch {
            throw ValidationError("\(certificate) and \(key) are no certificate with its key: \(error)")
        }
        identity = found
    }

    /// What a PEM file says; chains of certificates are a few thousand bytes.
    private static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
            throw ValidationError("\(path) cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }
}

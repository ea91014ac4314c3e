import ArgumentParser
import CRIClient
import Foundation
import Outcome
import Yams

/// Which CRI socket a command is about.
struct EndpointOptions: ParsableArguments {
    @Option(
        help:
            "The CRI socket. Default: CONTAINER_RUNTIME_ENDPOINT, /etc/crictl.yaml, else the one known socket that answers.",
        completion: .file()
    )
    var endpoint: String?
    @Option(help: "The socket of the image service, when that is another one.", completion: .file())
    var imageEndpoint: String?

    /// The socket that was named, or the one that is found.
    ///
    /// - Throws: `ValidationError` saying what is wrong or what there is to choose from; the exit code of what could not
    ///   be judged, after printing why, when no runtime answers.
    func find(_ environment: [String: String]) throws -> EndpointDiscovery.Found {
        do {
            let image = try imageEndpoint.map { try Endpoint($0) }
            if let endpoint {
                return EndpointDiscovery.Found(runtime: try Endpoint(endpoint), image: image, origin: "--endpoint")
            }
            let found = try EndpointDiscovery(environment: environment, crictl: try Self.crictl()).find()
            return EndpointDiscovery.Found(runtime: found.runtime, image: image ?? found.image, origin: found.origin)
        } catch let error as ValidationError {
            throw error
        } catch let error as EndpointNotFound where error.live.isEmpty {
            Console.error("crisol: \(error)")
            throw ExitCode(ExitCodes.couldNotJudge)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// crictl's configuration; `nil` when there is none.
    private static func crictl() throws -> EndpointDiscovery.CrictlFile? {
        struct File: Decodable {
            let runtime: String?
            let image: String?
            enum CodingKeys: String, CodingKey {
                case runtime = "runtime-endpoint"
                case image = "image-endpoint"
            }
        }
        let path = EndpointDiscovery.crictlPath
        guard let data = FileManager.default.contents(atPath: path), !data.isEmpty else { return nil }
        guard data.count <= 1 << 20 else { throw ValidationError("\(path) is too large; say --endpoint") }
        do {
            let file = try YAMLDecoder().decode(File.self, from: String(decoding: data, as: UTF8.self))
            return EndpointDiscovery.CrictlFile(runtime: file.runtime, image: file.image)
        } catch {
            throw ValidationError("\(path) cannot be read: \(error); say --endpoint")
        }
    }
}

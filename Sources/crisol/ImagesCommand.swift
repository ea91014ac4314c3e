import AgentProtocol
import ArgumentParser
import Foundation
import Outcome
import Report
import TestImages

struct ImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images",
        abstract: "The test images, for nodes that cannot reach crisol's own registry.",
        subcommands: [ImagesSaveCommand.self]
    )
}

struct ImagesSaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Write the test image as an OCI archive.",
        discussion: """
            EXAMPLE
              crisol images save agent.tar
              ctr -n k8s.io images import agent.tar                     on the node, or
              skopeo copy oci-archive:agent.tar docker://registry.example/crisol/agent:1
              echo 'agent: registry.example/crisol/agent:1' > images.yaml
              crisol run --endpoint unix:///run/containerd/containerd.sock \\
                  --image-map images.yaml
            """
    )

    @Argument(help: "The file to write.", completion: .file())
    var file: String
    @Option(help: "The name the image gets when it is imported.")
    var name = "crisol.local/agent:latest"

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        do {
            let agent = try AgentBinary.load(
                environment: environment,
                embedded: EmbeddedFiles.bytes(EmbeddedFiles.agent)
            )
            let image = try ImageBuilder.build(.agent, agent: agent)
            try ReportFolder.write(Data(OCIArchive.bytes(of: image, name: name)), to: file)
        } catch let error as ReportFolderError {
            Console.error("crisol: \(error)")
            throw ExitCode(ExitCodes.couldNotJudge)
        } catch {
            Console.error("crisol: \(file): \(error)")
            throw ExitCode(ExitCodes.couldNotJudge)
        }
        Console.line("\(file): \(name)")
    }
}

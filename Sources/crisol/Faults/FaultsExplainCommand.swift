import ArgumentParser
import CRICatalog
import FaultProxy
import Foundation

struct FaultsExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say for every rule why it would or would not act on a call.",
        discussion: """
            The call is not made, and not counted.

            EXAMPLES
              crisol faults explain Status
              crisol faults explain StopContainer '{"containerId": "4f2a..."}'
              crisol faults explain RunPodSandbox @request.json \\
                  --metadata user-agent=kubelet
            """
    )

    @OptionGroup var options: ControlOptions
    @Option(help: "A header of the call, NAME=VALUE.")
    var metadata: [String] = []
    @Option(help: "Which of kubelet's connections it comes over: runtime or image. Default: that of its service.")
    var connection: String?
    @Argument(help: "The RPC, or a path such as /runtime.v1.RuntimeService/Version.")
    var method: String
    @Argument(help: "The request as JSON, or @FILE. Default: an empty one.")
    var request: String?

    func run() async throws {
        var members: [JSONValue.Member] = [("method", .string(method))]
        if let request { members.append(("request", try Self.request(request))) }
        if let connection { members.append(("connection", .string(connection))) }
        var headers: [JSONValue.Member] = []
        for header in metadata {
            guard let sign = header.firstIndex(of: "="), sign != header.startIndex else {
                throw ValidationError("--metadata is NAME=VALUE, not '\(header)'")
            }
            headers.append((String(header[..<sign]), .string(String(header[header.index(after: sign)...]))))
        }
        if !headers.isEmpty { members.append(("metadata", .object(headers))) }
        let body = JSONValue.object(members).render()
        try await options.ask("POST", "/explain", body: body, as: ControlMessages.Explanations.self) { Self.show($0) }
    }

    private static func request(_ text: String) throws -> JSONValue {
        var bytes = Array(text.utf8)
        var place = "the request"
        if text.hasPrefix("@") {
            place = String(text.dropFirst())
            guard let data = FileManager.default.contents(atPath: place) else {
                throw ValidationError("\(place) cannot be read")
            }
            bytes = Array(data)
        }
        do { return try JSONValue.parse(bytes) } catch { throw ValidationError("\(place):\(error)") }
    }

    private static func show(_ answer: ControlMessages.Explanations) {
        var about = [answer.pod.map { "pod \($0)" }, answer.container.map { "container \($0)" }]
        about.append(answer.image.map { "image \($0)" })
        about.append(answer.unknownID.map { "the unknown id \($0)" })
        let subject = about.compactMap(\.self).joined(separator: ", ")
        Console.line("\(Console.safe(answer.path))\(subject.isEmpty ? "" : " about \(Console.safe(subject))")")
        if answer.rules.isEmpty { return Console.line("no rule is armed: it passes") }
        var table = TextTable(["RULE", "ACTION", "", ""])
        for rule in answer.rules {
            table.add([Console.safe(rule.rule), Console.safe(rule.action), rule.acts ? "HIT" : "-", rule.text])
        }
        for line in table.lines { Console.line(line) }
    }
}

import CRICatalog
import CRIClient
import Foundation
import Outcome
import TestImages

/// What is tried once before the first case: whether the runtime takes crisol's images at all, and can make a sandbox.
///
/// A runtime that is set up not to talk to the run's registry is no broken runtime: then nothing can be judged that
/// needs an image, and the report says what to change.
struct Preflight: Sendable {
    /// Why containers of the test image cannot be made.
    var imageProblem: String?
    /// Why nothing can be pulled from the run's registry, when that is a matter of how the node is set up.
    var registryProblem: String?
    /// What the owner of the node should read.
    var findings: [Finding] = []

    /// Whether cases were left out that would otherwise have been judged.
    var isIncomplete: Bool { registryProblem != nil }

    /// Tries.
    static func run(_ context: RunContext, _ facts: RuntimeFacts) async -> Preflight {
        let caller = Caller(context)
        var result = Preflight()
        if let mapped = context.mappedAgent {
            result.imageProblem = await pull(mapped, caller, unlessPresent: true)
            if let problem = result.imageProblem {
                result.findings.append(
                    Finding(title: "The mapped test image is not there and cannot be pulled", text: problem)
                )
            }
        }
        if let problem = await pull(context.servedAgent, caller, unlessPresent: false) {
            if context.mappedAgent == nil { result.imageProblem = problem }
            if context.managed == nil, isSetUp(problem) {
                result.registryProblem = problem
                result.findings.append(
                    Finding(
                        title: "The runtime does not take images from crisol's registry",
                        text:
                            "\(problem)\n\n\(RegistryAdvice.text(for: facts.name, registry: context.registry.address))"
                    )
                )
            } else {
                result.findings.append(Finding(title: "The test image could not be pulled", text: problem))
            }
        }
        if context.managed == nil, let problem = await sandboxProblem(context, facts, caller) {
            result.findings.append(
                Finding(
                    title: "The runtime cannot make a plain sandbox",
                    text: "\(problem)\nIs its own sandbox image present, or can it be pulled from here?"
                )
            )
        }
        return result
    }

    private static func pull(_ reference: String, _ caller: Caller, unlessPresent: Bool) async -> String? {
        let image = Value.record(Record(type: "ImageSpec", fields: ["image": .text(reference)]))
        if unlessPresent {
            let (_, status) = await caller.call(
                "ImageStatus",
                Record(type: "ImageStatusRequest", fields: ["image": image]),
                deadline: .seconds(20)
            )
            if status["image"] != nil { return nil }
        }
        let (record, _) = await caller.call(
            "PullImage",
            Record(type: "PullImageRequest", fields: ["image": image]),
            deadline: .seconds(120)
        )
        return record.code == .ok ? nil : "PullImage \(reference) answered \(record.code.name): \(record.message)"
    }

    /// Whether a refusal speaks of the way to the registry, and not of the image.
    static func isSetUp(_ problem: String) -> Bool {
        let text = problem.lowercased()
        return [
            "server gave http response to https client", "x509", "certificate", "tls:", "connection refused",
            "no route to host", "network is unreachable", "i/o timeout", "proxyconnect", "policy", "blocked",
        ].contains { text.contains($0) }
    }

    /// Makes and removes a sandbox as kubelet does; why not, if it could not.
    private static func sandboxProblem(_ context: RunContext, _ facts: RuntimeFacts, _ caller: Caller) async -> String?
    {
        let uid = UUID().uuidString.lowercased()
        let defaults = FixtureDefaults(context: context, facts: facts, caseToken: "preflight")
        let config = defaults.sandbox(name: "preflight-\(uid.prefix(8))", uid: uid)
        try? FileManager.default.createDirectory(
            atPath: config["logDirectory"]?.text ?? "",
            withIntermediateDirectories: true
        )
        var request = Record(type: "RunPodSandboxRequest", fields: ["config": .record(config)])
        if !context.runtimeHandler.isEmpty { request["runtimeHandler"] = .text(context.runtimeHandler) }
        let (record, answer) = await caller.call("RunPodSandbox", request)
        if let id = answer["podSandboxId"]?.text, !id.isEmpty {
            for rpc in ["StopPodSandbox", "RemovePodSandbox"] {
                _ = await caller.call(rpc, Record(type: rpc + "Request", fields: ["podSandboxId": .text(id)]))
            }
        }
        return record.code == .ok ? nil : "RunPodSandbox answered \(record.code.name): \(record.message)"
    }
}

/// What to change so that a runtime takes images from a registry without TLS, in the runtime's own configuration.
enum RegistryAdvice {
    static func text(for runtime: String, registry: String) -> String {
        let name = runtime.lowercased()
        let port =
            "The port is another one in every run unless --registry-address names it, such as 127.0.0.1:5555."
        if name.contains("cri-o") || name.contains("crio") {
            return """
                CRI-O: /etc/containers/registries.conf.d/crisol.conf, then reload it (systemctl reload crio):
                  [[registry]]
                  location = "\(registry)"
                  insecure = true
                \(port)
                """
        }
        if name.contains("docker") {
            return """
                Docker: /etc/docker/daemon.json, then restart it:
                  {"insecure-registries": ["\(registry)"]}
                \(port)
                """
        }
        return """
            containerd: with config_path = "/etc/containerd/certs.d" in its registry section,
            /etc/containerd/certs.d/\(registry)/hosts.toml:
              server = "http://\(registry)"
              [host."http://\(registry)"]
                capabilities = ["pull", "resolve"]
            \(port)
            Where no registry can be reached at all: crisol images save, and --image-map.
            """
    }
}

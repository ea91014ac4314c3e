import CRICatalog
import FaultModel

/// Whether a rule can do what it says: a rule that never acts looks like a runtime that copes.
extension CaseReader {
    mutating func checkReach(_ read: ReadMatch, _ faults: [Fault], at position: SourcePosition) {
        let match = read.match
        if match.isAboutConnections, faults.allSatisfy({ $0.target == .connection }) {
            if !match.includesNodeCalls {
                report(
                    "this is about whole connections, with the calls of every pod on them: say so, `scope: node` in match",
                    at: read.position
                )
            }
            return
        }
        for fault in faults where fault == .refuse {
            report(
                "'refuse' happens to new connections, before any call: match may only say connection and scope",
                at: position
            )
            return
        }
        if match.isAboutConnections {
            report("name the calls this is about: `method`, with `*` for all", at: read.position)
            return
        }
        if read.isForeign { return checkForeign(read, faults, at: position) }
        let patterns = read.methods.isEmpty ? [(glob: Glob("*"), position: read.position)] : read.methods
        for pattern in patterns {
            let meant = read.rpcs.filter { pattern.glob.matches($0.name) }
            let reached = meant.filter { obstacle($0, read) == nil }
            if reached.isEmpty, let rpc = meant.first, let obstacle = obstacle(rpc, read) {
                report(obstacle.message, at: obstacle.key.map { read.position(of: $0) } ?? pattern.position)
                continue
            }
            for fault in faults { checkFit(fault, reached, pattern, at: position) }
        }
    }

    private mutating func checkForeign(_ read: ReadMatch, _ faults: [Fault], at position: SourcePosition) {
        if !read.match.includesNodeCalls {
            report("calls that are not the CRI's name no pod: say `scope: node` in match", at: read.position)
        }
        for fault in faults {
            switch fault {
            case .mutate, .stream, .stale, .bytes:
                report("'\(fault.name)' needs messages that are known, and this service is not the CRI's", at: position)
            default: break
            }
        }
    }

    /// Why a call can never be hit, and the key of the match that is to blame, if one is.
    private func obstacle(_ rpc: RPC, _ read: ReadMatch) -> (message: String, key: String?)? {
        let match = read.match
        if !SubjectReader.canNamePod(rpc) {
            let podKeys = ["namespace", "pod", "uid", "labels", "annotations", "runtime-handler"]
            if let key = podKeys.first(where: { read.keys[$0] != nil }) {
                return ("\(rpc.name) names no pod, so '\(key)' never holds: leave it out and say `scope: node`", key)
            }
            if !match.includesNodeCalls {
                return (
                    "\(rpc.name) names no pod, so no pod can be spared: say `scope: node` in match to mean that", nil
                )
            }
        }
        if !match.containers.isEmpty, !rpc.canNameContainer(catalog) {
            return ("\(rpc.name) names no container, so 'container' never holds", "container")
        }
        if !match.images.isEmpty, !rpc.canNameImage(catalog) {
            return ("\(rpc.name) names no image, so 'image' never holds", "image")
        }
        for field in match.fields {
            let path: WirePath
            do { path = try WirePath(field.path, in: rpc.request, catalog: catalog) } catch {
                return ("'\(field.path)': \(error.description)", "request")
            }
            if let problem = path.steps.last?.field.type.misfit(of: field.value, catalog: catalog) {
                return ("'\(field.path)': \(problem)", "request")
            }
        }
        return nil
    }

    /// Whether a fault can act on all the calls it would be put on.
    mutating func checkFit(
        _ fault: Fault,
        _ rpcs: [RPC],
        _ pattern: (glob: Glob, position: SourcePosition),
        at position: SourcePosition
    ) {
        func name(_ rpc: RPC) -> String {
            pattern.glob.isLiteral ? rpc.name : "'\(pattern.glob)' also means \(rpc.name), which"
        }
        switch fault {
        case .stream:
            guard let rpc = rpcs.first(where: { $0.kind != .serverStream }) else { break }
            report("\(name(rpc)) is no server stream: 'stream' needs one, 'mutate' changes one answer", at: position)
        case .stale, .duplicate:
            guard let rpc = rpcs.first(where: { $0.kind != .unary }) else { break }
            report("\(name(rpc)) is a server stream: '\(fault.name)' is for calls with one answer", at: position)
        case .bytes:
            guard let rpc = rpcs.first(where: { !["Exec", "Attach", "PortForward"].contains($0.name) }) else { break }
            report("\(name(rpc)) opens no session: 'bytes' is for Exec, Attach and PortForward", at: position)
        case .mutate(let mutate):
            let messages = rpcs.map { mutate.direction == .request ? $0.request : $0.response }
            guard !messages.isEmpty, !messages.contains(where: { canChange(mutate.edits, $0) }) else { break }
            report(
                "none of these changes has its path in \(messages[0]), so '\(pattern.glob)' is never changed",
                at: position
            )
        default: break
        }
    }

    private func canChange(_ edits: [Mutation], _ message: String) -> Bool {
        edits.contains { edit in
            do {
                try edit.check(in: message, catalog: catalog)
                return true
            } catch {
                return false
            }
        }
    }
}

extension RPC {
    private func request(_ catalog: Catalog) -> [FieldDescriptor] { catalog.message(named: request)?.fields ?? [] }

    fileprivate func canNameContainer(_ catalog: Catalog) -> Bool {
        request(catalog).contains { $0.name == "container_id" || $0.type == .message("ContainerConfig") }
    }

    fileprivate func canNameImage(_ catalog: Catalog) -> Bool {
        canNameContainer(catalog)
            || request(catalog).contains { $0.name == "image" && $0.type == .message("ImageSpec") }
    }
}
